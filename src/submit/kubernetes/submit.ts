import { randomBytes } from 'node:crypto';
import { makePlan } from '../../plan/plan.ts';
import { plural } from '../../plural.ts';
import type { Batch } from '../../run-folder/batch.ts';
import { discard, makeRunDirectory } from '../../run-folder/directory.ts';
import { registerRun } from '../../run-folder/registry.ts';
import { makeBundle, meeting } from '../bundle.ts';
import type { EngineValues, Submission, Submitted, Submitter } from '../engine.ts';
import { recordBatch, writeBatch } from '../record.ts';
import { settle } from '../settle.ts';
import { create, remove, validate } from './apply.ts';
import { endingOf } from './first-node.ts';
import { kinds } from './kinds.ts';
import type { Manifest } from './manifest.ts';
import { manifests, toYaml } from './manifests.ts';
import type { KubernetesValues } from './options.ts';
import { kubectlOf, PLACE, type Place } from './place.ts';
import { CONNECT_SECONDS } from './pod.ts';
import { assertFits, assertPossible, jobName } from './prepare.ts';
import { type KubernetesRequest, readRequest } from './request.ts';
import { watch } from './watch.ts';

/** Creates the run's objects in the cluster, and follows the run to its end unless `options.detach` is set. */
export async function submit(
  submission: Submission,
  options: EngineValues<KubernetesValues>,
  submitter: Submitter,
): Promise<Submitted> {
  const request = readRequest(options);
  assertPossible(submission.job, request);
  const name = jobName(submission.job, request, randomBytes(3).toString('hex'));
  const inCluster = inPods(submission, request, name);
  const objects = objectsOf(inCluster, request, name);
  if (options.dryRun === true) {
    const document = { name, plan: inCluster.plan.hash, objects };
    return { kind: 'shown', document, text: toYaml(objects) };
  }
  const { namespace, kind } = request;
  const place: Place = { kind, name, namespace, context: options.context };
  const kubectl = kubectlOf(place, submitter.env);
  await validate(kubectl, objects);
  if (options.testOnly === true) {
    return { kind: 'accepted', document: { name, accepted: true }, text: 'the cluster accepts the job' };
  }
  const directory = makeRunDirectory(submitter.cwd, submission.runDir, submission.redact);
  const batch = (phase: Batch['phase'], words: string) =>
    writeBatch(directory, { engine: 'kubernetes', title: 'Kubernetes', job: name, phase, words });
  try {
    recordBatch(directory, { engine: 'kubernetes', title: 'Kubernetes' }, inCluster);
    directory.write(PLACE, place);
    await create(kubectl, objects);
  } catch (error) {
    discard(directory);
    throw error;
  }
  batch('queued', '');
  registerRun(directory, submitter.env);
  submitter.say(`${kind} ${name}: ${plural(objects.length, 'object')} created, run ${directory.id}`);
  const run = { run: directory.id, path: directory.path, job: name };
  if (options.detach === true) return { kind: 'queued', runs: [run] };

  const first = await watch(kubectl, place, directory, submitter);
  if (!first) return { kind: 'left', run };
  const verdict = settle(directory.path, endingOf(first));
  batch('over', '');
  if (options.keep !== true) await remove(kubectl, objects);
  return { kind: 'ended', run, verdict };
}

/** The job from the pods' view: with their names, the image's folder and the image's Python. */
function inPods(submitted: Submission, request: KubernetesRequest, name: string): Submission {
  const { nodeName } = kinds[request.kind];
  const nodes = submitted.job.nodes.map((node, rank) => ({ ...node, name: nodeName(name, rank) }));
  const job = { ...submitted.job, nodes, cwd: request.workdir ?? '.', python: request.python };
  const { holdSteps, projection } = submitted.judge;
  return { ...submitted, job, plan: makePlan(job, { holdSteps, projection, meeting }) };
}

function objectsOf(
  { job, plan, settings, reportTimeout }: Submission,
  request: KubernetesRequest,
  name: string,
): Manifest[] {
  const bundle = makeBundle({
    run: name,
    job,
    plan,
    settings,
    directory: null,
    // More users can read ConfigMaps than Secrets.
    token: '',
    printVerdict: true,
    connect: CONNECT_SECONDS,
    reportTimeout,
  });
  assertFits(bundle);
  return manifests(plan, request, { name, bundle, token: randomBytes(24).toString('hex') });
}
