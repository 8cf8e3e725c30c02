import { readdir, readFile } from 'node:fs/promises';

export interface Process {
  pid: number;
  /** Clock ticks since boot: with it a process id cannot be mistaken for a later process. */
  started: string;
}

/** Every live process on this machine that carries the mark of this run and node, by the environment it was started with. */
export async function processesOf(run: string, node: number): Promise<Process[]> {
  const marks = [`RAMPCHECK_RUN=${run}`, `RAMPCHECK_NODE=${node}`];
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const environment = (await readOrNothing(`/proc/${name}/environ`)).split('\0');
      const started = await startOf(name);
      return started && marks.every((mark) => environment.includes(mark)) ? { pid: Number(name), started } : undefined;
    }),
  );
  return found.filter((process) => process !== undefined);
}

/** SIGKILL to these very processes, ids that belong to others by now left alone; resolves to how many were hit. */
export async function killAll(processes: readonly Process[]): Promise<number> {
  let hit = 0;
  for (const { pid, started } of processes) {
    if ((await startOf(String(pid))) !== started) continue;
    try {
      process.kill(pid, 'SIGKILL');
      hit++;
    } catch {
      // It ended by itself in between.
    }
  }
  return hit;
}

async function startOf(pid: string): Promise<string | undefined> {
  // The name in parentheses may hold anything: fields are counted from the last one on.
  return (await readOrNothing(`/proc/${pid}/stat`)).split(')').at(-1)?.trim().split(' ')[19];
}

async function readOrNothing(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return '';
  }
}
