import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A live process of a run. */
export interface Process {
  pid: number;
  /** Its name alone: arguments may hold secrets. */
  cmd: string;
  /** Clock ticks since boot: with it a process id cannot be mistaken for a later process. */
  started: string;
}

/** Every sweep ends after this time, also on a process that is stuck in the kernel. */
const SWEEP_MS = 5_000;

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

/** SIGKILL to whatever of this run is left, again until two looks find nothing; resolves to how many were hit. */
export async function sweep(run: string, node?: number): Promise<number> {
  const hit = new Set<string>();
  const deadline = Date.now() + SWEEP_MS;
  for (let empty = 0; empty < 2 && Date.now() < deadline; ) {
    const left = await processesOf(run, node);
    empty = left.length ? 0 : empty + 1;
    for (const { pid, started } of left) {
      if (await kill(pid, started)) hit.add(`${pid} ${started}`);
    }
    if (left.length) await sleep(10);
  }
  return hit.size;
}

/** Whether this very process was hit: an id that belongs to another by now is left alone. */
async function kill(pid: number, started: string): Promise<boolean> {
  if ((await startOf(pid)) !== started) return false;
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between, or is not ours to end.
    return false;
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
