import { randomBytes } from 'node:crypto';
import type { CommandResult, Context } from '../../command/command.ts';
import { ExitCode } from '../../errors.ts';
import { makePlan } from '../../plan/plan.ts';
import { makePaint } from '../../report/text.ts';
import { formatVerdict } from '../../report/verdict.ts';
import type { Batch } from '../../run-folder/batch.ts';
import { discard, makeRunDirectory } from '../../run-folder/directory.ts';
import { shownPath } from '../../shown-path.ts';
import { makeBundle, meeting } from '../bundle.ts';
import { recordBatch, writeBatch } from '../record.ts';
import type { Submission as Submitted, Target } from '../target.ts';
import { create, remove, validate } from './apply.ts';
import { kinds } from './kinds.ts';
import type { Manifest } from './manifest.ts';
import { manifests, toYaml } from './manifests.ts';
import { kubectlOf, PLACE, type Place } from './place.ts';
import { CONNECT_SECONDS } from './pod.ts';
import { assertFits, assertPossible, jobName } from './prepare.ts';
import { type KubernetesRequest, readRequest } from './request.ts';
import { settle } from './verdict.ts';
import { watch } from './watch.ts';

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
  const { namespace } = request;
  const place: Place = {
    kind: request.kind,
    name,
    namespace,
    context: options.context as string | undefined,
  };
  const kubectl = kubectlOf(place, context.env);
  await validate(kubectl, objects);
  if (options.testOnly === true) {
    return { exitCode: ExitCode.done, document: { name, accepted: true }, text: 'the cluster accepts it\n' };
  }
  const directory = makeRunDirectory(context.cwd, options.runDir as string | undefined, submitted.redact);
  const batch = (phase: Batch['phase'], words: string) =>
    writeBatch(directory, { engine: 'kubernetes', job: name, phase, words });
  try {
    recordBatch(directory, 'kubernetes', submitted);
    directory.write(PLACE, place);
    await create(kubectl, objects);
  } catch (error) {
    discard(directory);
    throw error;
  }
  batch('queued', '');
  context.stderr.write(`${request.kind} ${name}: ${objects.length} objects made, run ${directory.id}\n`);
  const goesOn = `rampcheck status ${directory.id}   how it stands\nrampcheck stop ${directory.id}     ends it\n`;
  const document = { run: directory.id, path: directory.path, job: name };
  if (options.detach === true) return { exitCode: ExitCode.done, document, text: goesOn };

  const first = await watch(kubectl, place, { directory, redact: submitted.redact, options, context });
  if (!first) {
    const text = `no longer followed; it goes on by itself\n${goesOn}`;
    return { exitCode: ExitCode.interrupted, document, text };
  }
  const verdict = settle(directory.path, first);
  batch('over', '');
  if (options.keep !== true) await remove(kubectl, objects);
  const folder = shownPath(directory.path, context.cwd);
  return {
    exitCode: verdict.exit_code,
    document: { ...document, ...verdict },
    text: submitted.redact(formatVerdict(verdict, folder, context.columns, makePaint(context.color))),
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
