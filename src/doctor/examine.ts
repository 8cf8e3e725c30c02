import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { launcherNamed } from '../../launchers/index.ts';
import type { Executor } from '../executors/executor.ts';
import { activated } from '../job/activation.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import { type Check, type Found, reached, type Wanted } from './check.ts';
import { checks as all } from './checks/index.ts';
import type { Examined } from './node-report.ts';
import { digestOf, probeNodes } from './probe.ts';
import { versionGroups, versionRows } from './versions.ts';

export interface Examination {
  nodes: Examined[];
  checks: ({ id: string } & Found)[];
  versions: { names: string[]; groups: ReturnType<typeof versionGroups> };
  /** The option that excludes the nodes with a fatal problem, as DeepSpeed and rampcheck read it. */
  exclude: string[];
  excludeLine: string | null;
  fatal: number;
  warnings: number;
  seconds: number;
}

/** What a job needs on its nodes. */
export function wantedBy(job: Job, { nodes, master }: Pick<Plan, 'nodes' | 'master'>): Wanted {
  const { script } = job.command;
  const files = [
    ...(script.kind === 'file' ? [script.target] : []),
    ...(job.deepspeed && job.deepspeed.path !== '--deepspeed' ? [job.deepspeed.path] : []),
  ];
  const { needs: own = [] } = launcherNamed(job.command.launcher);
  const needs = [...new Set(['torch', ...own, ...(job.deepspeed ? ['deepspeed'] : [])])];
  return {
    cwd: job.cwd,
    files: Object.fromEntries(files.map((path) => [path, digestHere(resolve(job.cwd, path))])),
    program: nodes[0]?.argv.slice(activated(job.activate, []).length)[0],
    activate: job.activate,
    path: nodes[0]?.env.PATH,
    python: job.python,
    needs,
    // A batch system chooses the port later.
    master:
      master && typeof master.port === 'number' && nodes.length > 1
        ? { address: master.address, port: master.port, error: null }
        : null,
    local: job.reach === 'here',
  };
}

/** Examines all nodes at the same time, and runs the checks on their reports. */
export async function examine(
  executor: Executor,
  nodes: readonly { name: string; slots: readonly number[] }[],
  wanted: Wanted,
  checks: readonly Check[] = all,
): Promise<Examination> {
  const start = performance.now();
  const probed = await probeNodes(
    executor,
    nodes,
    wanted.activate,
    {
      cwd: wanted.cwd,
      files: Object.keys(wanted.files),
      program: wanted.program,
      path: wanted.path,
      python: wanted.python,
      modules: [...new Set(['torch', 'deepspeed', 'transformers', 'accelerate', ...wanted.needs])],
    },
    wanted.master && { address: wanted.master.address, port: wanted.master.port },
  );
  const known: Wanted = {
    ...wanted,
    master: wanted.master && { ...wanted.master, error: probed.masterError },
  };
  const found = checks.flatMap((check) => {
    const result = check.run(probed.nodes, known);
    return result ? [{ id: check.id, ...result }] : [];
  });
  const problems = found.flatMap((check) => check.problems);
  const fatal = problems.filter(({ severity }) => severity === 'fatal');
  const bad = nodes.map(({ name }) => name).filter((name) => fatal.some(({ node }) => node === name));
  const reports = reached(probed.nodes);
  return {
    nodes: probed.nodes,
    checks: found,
    versions: { names: versionRows(reports), groups: versionGroups(reports) },
    exclude: bad,
    excludeLine: bad.length > 0 && bad.length < nodes.length ? `--exclude ${bad.join('@')}` : null,
    fatal: fatal.length,
    warnings: problems.length - fatal.length,
    seconds: (performance.now() - start) / 1000,
  };
}

function digestHere(path: string): string | null {
  try {
    return digestOf(readFileSync(path));
  } catch {
    return null;
  }
}
