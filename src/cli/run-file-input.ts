import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../command/command.ts';
import { splitLine } from '../files/split-line.ts';
import { readRunFile } from '../read/run-file.ts';

/** The run file that is read when nobody names one. */
const USUAL = 'rampcheck.yaml';

/** Options and command, with what the run file says where the command line is silent. */
export interface RunFileInput {
  options: Record<string, unknown>;
  command: readonly string[];
}

/** The run file of a command line: the one that --run-file names, or rampcheck.yaml when there is no raw command. */
export function runFileOf(
  named: string | undefined,
  raw: readonly string[],
  { cwd }: Context,
): string | undefined {
  if (named !== undefined) return named;
  return raw.length === 0 && existsSync(join(cwd, USUAL)) ? USUAL : undefined;
}

/** `given` tells which options stand on the command line: they win, and so does a raw command. */
export function withRunFile(
  path: string,
  { options, command }: RunFileInput,
  given: (name: string) => boolean,
  { cwd }: Context,
): RunFileInput {
  const file = readRunFile(cwd, path);
  const said: Record<string, unknown> = {
    hostfile: file.hostfile,
    nodes: file.nodes,
    on: file.on,
    samples: file.samples,
    holdSteps: file.hold_steps,
    expect: listOf(file.expect),
    onMismatch: file.on_mismatch,
    afterRelease: file.after_release,
    reportTimeout: file.report_timeout,
    ssh: file.ssh,
    sshConfig: file.ssh_config,
    sync: file.sync,
    envFile: listOf(file.env_file),
    startStep: file.start_step,
    runDir: file.run_dir,
    projection: file.projection,
    capture: file.capture,
    versions: file.versions,
    ignore: file.ignore,
    env:
      file.env && Object.fromEntries(Object.entries(file.env).map(([name, value]) => [name, String(value)])),
  };
  const merged = { ...options };
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined) continue;
    // Environments add up; the command line's own value of a name wins.
    if (name === 'env') merged.env = { ...(value as object), ...(options.env as object | undefined) };
    else if (!given(name)) merged[name] = value;
  }
  const own = typeof file.command === 'string' ? splitLine(file.command) : file.command;
  return { options: merged, command: command.length ? command : own };
}

/** What may be given several times is a list, also where it is given once. */
function listOf(value: string | readonly string[] | undefined): string[] | undefined {
  return value === undefined ? undefined : [value].flat();
}
