import { readdir, readFile } from 'node:fs/promises';

/** A live process of a run. */
export interface Process {
  pid: number;
  /** Its name alone: arguments may hold secrets. */
  cmd: string;
  /** Clock ticks since boot: with it a process id cannot be mistaken for a later process. */
  started: string;
}

/** Live processes on this machine that carry the mark of this run (and node), by the environment they were started with. */
export async function processesOf(run: string, node?: number): Promise<Process[]> {
  const marks = [`RAMPCHECK_RUN=${run}`, ...(node === undefined ? [] : [`RAMPCHECK_NODE=${node}`])].map(
    (mark) => Buffer.from(mark).toString('latin1'),
  );
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = (await readOrNothing(`/proc/${pid}/environ`)).split('\0');
      if (!marks.every((mark) => environment.includes(mark))) return undefined;
      const started = await startOf(pid);
      return started && { pid, cmd: (await readOrNothing(`/proc/${pid}/comm`)).trim(), started };
    }),
  );
  return found.filter((process) => typeof process === 'object');
}

/** SIGKILL to whatever of this run is left, so that a test that fails leaves nothing. */
export async function endAllOf(run: string): Promise<void> {
  for (const { pid, started } of await processesOf(run)) {
    // An id that belongs to another by now is left alone.
    if ((await startOf(pid)) === started) process.kill(pid, 'SIGKILL');
  }
}

async function startOf(pid: number): Promise<string | undefined> {
  // The name in parentheses may hold anything: fields are counted from the last one on.
  const [state, ...fields] =
    (await readOrNothing(`/proc/${pid}/stat`)).split(')').at(-1)?.trim().split(' ') ?? [];
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

async function readOrNothing(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return '';
  }
}
