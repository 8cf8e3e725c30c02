import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { archive } from '../contract/archive.ts';
import { files, ports, seconds } from '../contract/contract.ts';
import type { CallbackSettings } from '../contract/settings.ts';
import { RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';

/*
 * The bundle: one file with everything of rampcheck that a batch job needs, a Python zipapp with the agent, the coordinator, the callback
 * package and the settings of every node. Nodes need only Python 3.9. It contains the run's token and environment, so it is
 * written with mode 0600, and only its name appears in commands.
 *
 *   const plan = makePlan(job, { ...options, meeting });        // job.executor is 'slurm' or 'kubernetes', nodes are node-1, node-2 …
 *   const bytes = makeBundle({ run, job, plan, settings, directory });
 *
 * Every node runs   python3 -I rampcheck.pyz node   with the same environment except for its number:
 *   RAMPCHECK_NODE_RANK        its number from 0 (else SLURM_NODEID, JOB_COMPLETION_INDEX, or 0)
 *   RAMPCHECK_NODES            names or addresses, comma separated, in that order; only the first is connected to
 *   RAMPCHECK_PORT             the coordinator's first port, of 8 (else the bundle's own, which follows from the run's name)
 *   RAMPCHECK_RUN_DIR          where events.jsonl, lr.jsonl, logs/ and verdict.json are written by node 0 (else `directory`)
 *   RAMPCHECK_TOKEN            instead of the bundle's own, for a bundle that others may read (`token: ''`)
 *   RAMPCHECK_CONNECT_SECONDS  how long a node tries to reach the first one (300)
 * The task of node 0 ends with the verdict's exit code (0, 1, 91 to 94, 130, 143), the others with 0. With `printVerdict` node 0 prints
 * the verdict as the last line of its output, `rampcheck-verdict {…}`, and before it the events that led to it: `rampcheck-event {…}`.
 * Other commands instead of `node`: `verdict` prints the exit code in verdict.json, `signal USR2` sends a signal to every rank,
 * `unreached NAME …` writes the verdict of a job with nodes that cannot read the run's folder.
 */
export interface BundleInput {
  /** The run's name; part of the ranks' environment (RAMPCHECK_RUN). */
  run: string;
  job: Job;
  /** Made with `meeting`. */
  plan: Plan;
  settings: CallbackSettings;
  /** The path of the run's folder on the nodes; null if there is none (node 0 then writes into its working folder). */
  directory: string | null;
  /** The token with which coordinator and agents authenticate; '' if it comes from the environment. Random by default. */
  token?: string;
  printVerdict?: boolean;
  /** Seconds until every node must be connected. */
  connect?: number;
  /** --report-timeout: seconds without a new rank reporting after which a missing one ends the run. */
  reportTimeout: number;
}

/** Placeholders in argv and environment that the coordinator replaces when the nodes are known. */
export const meeting = {
  address: '@rampcheck-master-address@',
  port: '@rampcheck-master-port@',
  own: '@rampcheck-own-address@',
} as const;

/** @throws RampcheckError `bundle-word` if the command itself contains one of the placeholders. */
export function makeBundle(input: BundleInput): Buffer {
  return archive({ [files.bundle]: JSON.stringify(describe(input)) });
}

/** The same as one zlib stream, to embed in a text: files compressed together need a quarter less space. */
export function packBundle(input: BundleInput): Buffer {
  return deflateSync(archive({ [files.bundle]: JSON.stringify(describe(input)) }, 'stored'), { level: 9 });
}

function describe(input: BundleInput): Record<string, unknown> {
  const { run, job, plan, settings, directory } = input;
  refuseOwnWords(job);
  return {
    version: 1,
    run,
    directory,
    token: input.token ?? randomBytes(24).toString('hex'),
    port: portOf(run),
    placeholders: { master_addr: meeting.address, master_port: meeting.port, node_addr: meeting.own },
    orders: plan.nodes.map(({ argv, cwd, env }) => ({ argv, cwd, env: without(env, job.env) })),
    // Each node applies them from the file, so the values are not sent over the network.
    env: job.env,
    settings,
    limits: { connect: input.connect ?? seconds.connect, report: input.reportTimeout },
    print_verdict: input.printVerdict ?? false,
  };
}

/** The coordinator's first port, below those that the kernel gives to connections. */
function portOf(run: string): number {
  let hash = 0;
  for (const byte of Buffer.from(run)) hash = (hash * 31 + byte) % ports.span;
  return ports.first + hash;
}

function without(env: Readonly<Record<string, string>>, shared: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => shared[name] !== value));
}

function refuseOwnWords(job: Job): void {
  const given = [...job.command.argv, ...Object.values(job.env)];
  const found = Object.values(meeting).find((word) => given.some((text) => text.includes(word)));
  if (found === undefined) return;
  throw new RampcheckError(
    'bundle-word',
    `the command contains ${found}, a placeholder that the job would replace`,
    {
      hint: 'leave the address out of the command: the job fills it in',
    },
  );
}
