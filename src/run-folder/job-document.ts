import { z } from 'zod';
import { parseDeepSpeedConfig } from '../job/deepspeed-config.ts';
import type { Job } from '../job/job.ts';
import type { TrainingArguments } from '../job/training-arguments.ts';
import { readDocument } from './document.ts';

const words = z.array(z.string());
const texts = z.record(z.string(), z.string());
const location = z.object({
  file: z.string(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
});

const command = z.object({
  launcher: z.string(),
  argv: words,
  launcherArgv: words,
  script: z.object({ kind: z.enum(['file', 'module', 'program']), target: z.string(), args: words }),
  cluster: z.custom<Job['command']['cluster']>(isObject),
  deepspeedConfig: z.string().exactOptional(),
});

const node = z.object({
  name: z.string(),
  user: z.string().exactOptional(),
  port: z.int().exactOptional(),
  slots: z.array(z.int()),
  location: location.exactOptional(),
});

/** An option without a value has no value in the file either. */
const setting = z
  .object({
    name: z.string(),
    value: z.unknown().optional(),
    text: z.string(),
    source: z.enum(['command', 'json', 'yaml']),
    location: location.exactOptional(),
    line: z.string().exactOptional(),
  })
  .transform(({ value, ...rest }) => ({ ...rest, value }));

/** Each argument is a value with its text; src/job/training-arguments.ts decides the type of the value. */
const stated = z.record(z.string(), z.looseObject({ text: z.string() }));
const training = z.custom<TrainingArguments>(
  (value) => stated.safeParse(value).success,
  'is no list of arguments',
);

/** job.json, as `jobDocument` makes it. */
const keptJob = z.object({
  command,
  cwd: z.string(),
  nodes: z.array(node).min(1),
  nodesFrom: z.string(),
  unchanged: z.boolean(),
  executor: z.string(),
  reach: z.enum(['here', 'remote', 'later']),
  python: z.string(),
  training,
  settings: z.array(setting),
  unread: z.array(z.object({ what: z.string(), why: z.string() })),
  frontEnd: z.string().optional(),
  defaults: z.object({
    of: z.string(),
    learning_rate: z.number(),
    lr_scheduler_type: z.string(),
    per_device_train_batch_size: z.number(),
    gradient_accumulation_steps: z.number(),
    num_train_epochs: z.number(),
  }),
  versions: z.object({
    transformers: z.string().exactOptional(),
    deepspeed: z.string().exactOptional(),
    accelerate: z.string().exactOptional(),
    torch: z.string().exactOptional(),
  }),
  deepspeed: z.object({ path: z.string(), text: z.string(), value: z.unknown().optional() }).optional(),
  samples: z.int().optional(),
  env: texts,
  envSources: texts,
  activate: z.array(z.object({ kind: z.enum(['venv', 'script', 'conda', 'module']), name: z.string() })),
});

/** The stored form of a job, field by field, so that nothing else gets into the file. */
export function jobDocument(job: Job): z.input<typeof keptJob> {
  const { config: _, ...command } = job.command;
  return {
    command: command as z.input<typeof keptJob>['command'],
    cwd: job.cwd,
    nodes: job.nodes,
    nodesFrom: job.nodesFrom,
    unchanged: job.unchanged,
    executor: job.executor,
    reach: job.reach,
    python: job.python,
    training: job.training,
    settings: [...job.settings],
    unread: [...job.unread],
    frontEnd: job.frontEnd,
    defaults: job.defaults,
    versions: job.versions,
    deepspeed: job.deepspeed && {
      path: job.deepspeed.path,
      text: job.deepspeed.text,
      value: job.deepspeed.value,
    },
    samples: job.samples,
    env: job.env,
    envSources: job.envSources,
    activate: [...job.activate],
  };
}

/**
 * Reads the job of a run. The text of the script, the launcher's config and the user's environment are not stored.
 *
 * @throws RampcheckError `run-damaged`
 */
export function readJob(folder: string): Job {
  const job = readDocument(folder, 'job.json', keptJob);
  return {
    ...job,
    frontEnd: job.frontEnd,
    samples: job.samples,
    scriptText: undefined,
    environment: {},
    deepspeed: job.deepspeed && parseDeepSpeedConfig(job.deepspeed.text, job.deepspeed.path),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
