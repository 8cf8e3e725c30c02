import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import type { CommandResult, Context } from '../../cli/command.ts';
import { ExitCode } from '../../errors.ts';
import { quoteAll } from '../../job/quote.ts';
import { makePaint } from '../../report/text.ts';
import { formatVerdict } from '../../report/verdict.ts';
import { discard, makeRunDirectory } from '../../run/directory.ts';
import { makePlan } from '../../run/plan.ts';
import { makeBundle, meeting } from '../bundle.ts';
import { recordBatch } from '../record.ts';
import type { Submission as Submitted, Target } from '../target.ts';
import { create, remove, validate } from './apply.ts';
import { readFirstNode } from './first-node.ts';
import { follow } from './follow.ts';
import { kinds } from './kinds.ts';
import { makeKubectl } from './kubectl.ts';
import type { Manifest } from './manifest.ts';
import { manifests, toYaml } from './manifests.ts';
import { CONNECT_SECONDS } from './pod.ts';
import { assertFits, assertPossible, jobName } from './prepare.ts';
import { type KubernetesRequest, readRequest } from './request.ts';
import { explain, silent } from './verdict.ts';

/** `submit --to kubernetes`: the run as objects of a cluster, made, followed and removed by kubectl. */
export const kubernetes: Target = { name: 'kubernetes', submit };

async function submit(
  given: Submitted,
  options: Record<string, unknown>,
  context: Context,
): Promise<CommandResult> {
  const request = readRequest(options);
  assertPossible(given.job, request);
  const name = jobName(given.job, request, randomBytes(3).toString('hex'));
  const submitted = inPods(given, request, name);
  const objects = objectsOf(submitted, request, name);
  if (options.dryRun === true) {
    const { plan } = submitted;
    return {
      exitCode: ExitCode.done,
      document: { name, plan: plan.hash, objects },
      text: toYaml(objects),
    };
  }
  const kubectl = makeKubectl({
    context: options.context as string | undefined,
    namespace: request.namespace,
    env: context.env,
  });
  await validate(kubectl, objects);
  if (options.testOnly === true) {
    return { exitCode: ExitCode.done, document: { name, accepted: true }, text: 'the cluster accepts it\n' };
  }
  const { job, plan, judge, findings, redact } = submitted;
  const directory = makeRunDirectory(context.cwd, options.runDir as string | undefined, redact);
  try {
    recordBatch(directory, { engine: 'kubernetes', job: name }, { job, plan, judge, findings });
    await create(kubectl, objects);
  } catch (error) {
    discard(directory);
    throw error;
  }
  const { resource, firstPod } = kinds[request.kind];
  const words = deletion(resource, name, request, options.context as string | undefined);
  context.stderr.write(`${request.kind} ${name}: ${plan.nodes.length} nodes, run ${directory.id}\n`);
  if (options.detach === true) {
    return {
      exitCode: ExitCode.done,
      document: { run: directory.id, path: directory.path, job: name },
      text: `it goes on by itself; this ends it:\n  ${words}\n`,
    };
  }

  const output = readFirstNode(directory, context, options, redact);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal);
  try {
    await follow(
      kubectl,
      { name, resource, firstPod, line: output.line, notice: output.notice },
      interrupt.signal,
    );
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
  }
  if (interrupt.signal.aborted) {
    return {
      exitCode: ExitCode.interrupted,
      document: { run: directory.id, job: name },
      text: `no longer followed, and it goes on by itself; this ends it:\n  ${words}\n`,
    };
  }
  if (options.keep !== true) await remove(kubectl, objects);
  const said = output.said();
  const verdict = said ? explain(said, directory.path) : silent(submitted);
  directory.write('verdict.json', verdict);
  const shown = relative(context.cwd, directory.path);
  return {
    exitCode: verdict.exit_code,
    document: { run: directory.path, job: name, ...verdict },
    text: redact(
      formatVerdict(
        verdict,
        shown.startsWith('..') ? directory.path : shown,
        context.columns,
        makePaint(context.color),
      ),
    ),
  };
}

/** The job as the pods see it: under their names, in the image's folder, with the image's Python. */
function inPods(submitted: Submitted, request: KubernetesRequest, name: string): Submitted {
  const { nodeName } = kinds[request.kind];
  const nodes = submitted.job.nodes.map((node, rank) => ({ ...node, name: nodeName(name, rank) }));
  const job = { ...submitted.job, nodes, cwd: request.workdir ?? '.', python: request.python };
  const { holdSteps, projection } = submitted.judge;
  return { ...submitted, job, plan: makePlan(job, { holdSteps, projection, meeting }) };
}

function objectsOf(
  { job, plan, settings, judge }: Submitted,
  request: KubernetesRequest,
  name: string,
): Manifest[] {
  const bundle = makeBundle({
    run: name,
    job,
    plan,
    settings,
    holdSteps: judge.holdSteps,
    directory: null,
    // A ConfigMap is read by more than those who may read Secrets.
    token: '',
    printVerdict: true,
    limits: { connect: CONNECT_SECONDS },
  });
  assertFits(bundle);
  return manifests(plan, request, { name, bundle, token: randomBytes(24).toString('hex') });
}

function deletion(
  resource: string,
  name: string,
  { namespace }: KubernetesRequest,
  cluster: string | undefined,
): string {
  const types = [
    resource,
    'configmaps',
    'secrets',
    ...(resource.startsWith('trainjobs') ? ['trainingruntimes'] : []),
  ];
  return quoteAll([
    'kubectl',
    ...(cluster === undefined ? [] : ['--context', cluster]),
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
    'delete',
    types.join(','),
    '--selector',
    `rampcheck/run=${name}`,
  ]);
}
