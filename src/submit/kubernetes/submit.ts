import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import type { CommandResult, Context } from '../../cli/command.ts';
import { ExitCode } from '../../errors.ts';
import { quoteAll } from '../../job/quote.ts';
import { makePaint } from '../../report/text.ts';
import { formatVerdict } from '../../report/verdict.ts';
import { discard, makeRunDirectory, type RunDirectory } from '../../run/directory.ts';
import { makePlan } from '../../run/plan.ts';
import type { Verdict } from '../../run/verdict.ts';
import { makeBundle, meeting } from '../bundle.ts';
import { recordBatch } from '../record.ts';
import type { Submission as Submitted, Target } from '../target.ts';
import { create, remove, validate } from './apply.ts';
import { follow } from './follow.ts';
import { kinds } from './kinds.ts';
import { makeKubectl } from './kubectl.ts';
import type { Manifest } from './manifest.ts';
import { manifests, toYaml } from './manifests.ts';
import { CONNECT_SECONDS } from './pod.ts';
import { assertFits, assertPossible, jobName } from './prepare.ts';
import { type KubernetesRequest, readRequest } from './request.ts';
import { EVENT, explain, type NodeEvent, silent, VERDICT } from './verdict.ts';

/** `submit --to kubernetes`: the run as objects of a cluster, made, followed and removed by kubectl. */
export const kubernetes: Target = { name: 'kubernetes', submit };

async function submit(
  given: Submitted,
  options: Record<string, unknown>,
  context: Context,
): Promise<CommandResult> {
  const request = readRequest(options);
  const submitted = inPods(given, request);
  assertPossible(submitted.job, request);
  const suffix = randomBytes(3).toString('hex');
  const name = jobName(submitted.job, request, suffix);
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

  const output = makeOutput(directory, context, options, redact);
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
  const verdict = said ? explain({ verdict: said, events: output.events() }, submitted) : silent(submitted);
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

/** The job as the pods see it: in the image's folder, with the image's Python. */
function inPods(submitted: Submitted, request: KubernetesRequest): Submitted {
  const job = { ...submitted.job, cwd: request.workdir ?? '.', python: request.python };
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

/** What the first node says: its lines for the terminal and the run's folder, its events and verdict for us. */
function makeOutput(
  directory: RunDirectory,
  { stdout, stderr }: Context,
  options: Record<string, unknown>,
  redact: (text: string) => string,
) {
  let verdict: Verdict | undefined;
  let events: NodeEvent[] = [];
  let current = '';
  const stream = options.json === true ? stderr : stdout;
  return {
    line(pod: string, text: string) {
      // Another attempt begins anew.
      if (pod !== current) [current, events, verdict] = [pod, [], undefined];
      if (text.startsWith(VERDICT)) verdict = JSON.parse(text.slice(VERDICT.length)) as Verdict;
      else if (text.startsWith(EVENT)) {
        events.push(JSON.parse(text.slice(EVENT.length)) as NodeEvent);
        directory.append('events.jsonl', text.slice(EVENT.length));
      } else {
        directory.append(`logs/${pod}.log`, text);
        if (options.quiet !== true) stream.write(`${redact(text)}\n`);
      }
    },
    notice(text: string) {
      if (options.quiet !== true) stderr.write(`${text}\n`);
    },
    said: () => verdict,
    events: () => events,
  };
}
