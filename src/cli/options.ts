import { severities } from '../checks/finding.ts';
import { choice, flag, list, path, text, unless, wholeNumber } from '../command/kinds.ts';
import { type OptionTable, option, type Values } from '../command/option.ts';
import { files, seconds } from '../contract/contract.ts';
import { documentNames } from '../documents/names.ts';
import { executorOptions, executors } from '../executors/index.ts';
import { hostFormats } from '../job/host-formats.ts';
import { formats } from '../submit/emit/index.ts';
import { engineOptions, engines } from '../submit/engines.ts';
import { batchOptions } from '../submit/options.ts';
import { learningRate, parameters, stepList } from './curve-kinds.ts';
import { activation, holdStepCount, libraryVersions, rankList, variables } from './job-kinds.ts';

/*
 * All options of all commands; those of one executor or batch engine are defined there. An option's name in its table is its
 * name everywhere: `holdSteps` is --hold-steps on the command line, hold_steps in a run file, and `options.holdSteps` in a handler.
 * Help, the shell's completion, the run file's schema and the pages in docs follow from these tables: adding an option is one entry.
 */

const executorNames = executors.map(({ name }) => name);

/** What is read, and the nodes on which it runs. */
export const jobOptions = {
  runFile: option(
    path('file'),
    'a run file instead of a raw command (default: rampcheck.yaml, if no command is given)',
    { commandLineOnly: true },
  ),
  hostfile: option(
    path('file'),
    "the cluster, as lines 'host slots=N'; overrides the command's own hostfile",
  ),
  nodes: option(wholeNumber(1), 'number of nodes; with --on local this machine simulates them'),
  on: option(
    choice(executorNames, 'executor'),
    `how nodes are reached: ${executorNames.join(' or ')} (default: local if all nodes are this machine)`,
  ),
  samples: option(
    wholeNumber(1),
    'training samples in the data set, to know the total number of steps before the run',
  ),
  holdSteps: option(holdStepCount, 'optimizer steps that must agree before the run is released', {
    default: 'auto',
  }),
  capture: unless('do not run a shell script to see which command it starts'),
  versions: option(
    libraryVersions,
    'library versions of the nodes, such as transformers=4.57.6 (default: the versions installed here)',
  ),
  env: option(
    variables,
    "set in every node's environment (without a value: this machine's value); may be repeated",
  ),
  envFile: option(list(path('file')), "a .env file for every node's environment; may be repeated"),
  activate: option(
    list(activation),
    'activate on every node before the launcher: a virtual environment, env.sh, conda:NAME or module:NAME; may be repeated',
  ),
};

/** How a run is held and judged, for launch, submit and plan --emit. */
export const runOptions = {
  expect: option(
    list(text('curve')),
    "the expected curve; overrides the command's schedule; once per optimizer, in the order of their first steps",
  ),
  onMismatch: option(
    choice(['abort', 'warn'], 'action'),
    'abort or warn if the learning rate differs from the expected one',
    { default: 'abort' },
  ),
  afterRelease: option(
    choice(['warn', 'abort', 'off'], 'action'),
    'warn, abort or off: what to do if the learning rate leaves its curve after the release',
    { default: 'warn' },
  ),
  startStep: option(
    wholeNumber(0, 's'),
    'optimizer step at which a resumed run starts, if the run cannot know it',
  ),
  reportTimeout: option(
    wholeNumber(1, 's'),
    'end the run if a rank is missing this many seconds after the last other rank reported',
    { default: seconds.report },
  ),
  runDir: option(path('dir'), "the run's folder (default: rampcheck-runs/<time>)"),
  check: unless('continue even if check finds a schedule violation', { commandLineOnly: true }),
  projection: unless('judge only by observed steps'),
};

/** `launch`'s own. */
export const launchOnly = {
  sync: flag(
    'first copy the working directory to every node (rsync), if the nodes do not share a file system',
  ),
  ranks: option(rankList, 'ranks to show (default: 0); equal lines of several ranks are shown once', {
    commandLineOnly: true,
  }),
};

export const launchOptions = { ...jobOptions, ...executorOptions, ...launchOnly, ...runOptions };

const { on: _on, ...queuedJobOptions } = jobOptions;

export const submitOptions = {
  to: option(
    choice(
      engines.map(({ name }) => name),
      'engine',
    ),
    engines.map(({ name }) => name).join(' or '),
  ),
  array: option(list(path('run-file')), 'a run file instead of a command; several make a job array'),
  ...queuedJobOptions,
  ...batchOptions,
  ...engineOptions,
  ...runOptions,
};

const formNames = formats.map(({ name }) => name);

export const planOptions = {
  ...jobOptions,
  emit: option(
    choice(formNames, 'form'),
    `write the run as ${formNames.join(', ')}, including agent and callback`,
  ),
  output: option(path('dir'), '--emit: write files into this folder instead of printing'),
  gpu: option(text('name'), '--emit: name of the accelerator', { default: 'H100' }),
  image: option(text('image'), '--emit: container image of the nodes'),
  ...runOptions,
};

export const checkOptions = {
  ...jobOptions,
  severity: option(choice(severities, 'level'), 'show violation, error, warning, or also note', {
    default: 'warning',
  }),
  format: option(
    choice(['sarif', 'github'], 'format'),
    'sarif (SARIF 2.1.0) or github (workflow commands) instead of text',
  ),
};

export const fixOptions = {
  ...jobOptions,
  remedy: option(
    choice(['trainer', 'deepspeed'], 'who'),
    'who builds the schedule: trainer (no scheduler in the DeepSpeed config) or deepspeed (its own of the same family)',
  ),
  write: flag('write the files instead of showing the diff'),
};

const { runFile: _runFile, ...initJobOptions } = jobOptions;

export const initOptions = {
  ...initJobOptions,
  output: option(path('file'), 'the file to write', { default: 'rampcheck.yaml' }),
  force: flag('replace an existing run file'),
};

const { hostfile, nodes, on, env, envFile, activate, samples, capture, versions } = jobOptions;

export const doctorOptions = {
  hostfile,
  nodes,
  on,
  env,
  envFile,
  activate,
  ...executorOptions,
  python: option(text('path'), 'the Python of the training, if no command is given'),
};

export const verifyOptions = {
  expect: option(text('curve'), "the expected curve; overrides the command's schedule"),
  loggingSteps: option(
    wholeNumber(1),
    "optimizer steps between two of the Trainer's lines (default: the command's own logging_steps)",
  ),
  startStep: option(
    wholeNumber(0, 's'),
    'optimizer step at which a resumed log begins, if its lines carry no step number',
    { default: 0 },
  ),
  hostfile,
  nodes,
  samples,
  capture,
  versions,
};

export const curveOptions = {
  lr: option(learningRate, "the optimizer's learning rate"),
  params: option(parameters, "the library's own constructor arguments"),
  steps: option(stepList, 'optimizer steps to show, such as 0,1,2 or 0-9,99'),
  count: option(wholeNumber(1), 'the first n optimizer steps'),
  compare: option(text('schedule'), 'a second schedule in the same chart, with the first difference'),
  compareParams: option(parameters, "the second schedule's arguments (default: the same warmup and total)"),
  versions: option(libraryVersions, 'library versions, such as transformers=4.57.6,deepspeed=0.16.9'),
  table: flag('every step and value instead of the chart'),
};

export const hostsOptions = {
  include: option(text('filter'), 'nodes and slots to use, as in deepspeed: w0@w1:0,1', { short: 'i' }),
  exclude: option(text('filter'), 'nodes and slots to leave out', { short: 'e' }),
  slots: option(wholeNumber(1), 'ranks of a host if its line has no number'),
  to: option(
    choice(
      hostFormats.map(({ name }) => name),
      'format',
    ),
    'deepspeed, openmpi, mpich, plain, slurm (clush, pdsh) or include',
    { default: 'deepspeed' },
  ),
};

export const attachOptions = { ranks: launchOnly.ranks };

export const logsOptions = {
  follow: flag('follow the output until the run is over', { short: 'f' }),
  rank: option(rankList, 'ranks to show (default: 0; all ranks of --node)'),
  node: option(text('name'), 'the ranks and the launcher of one node'),
};

export const psOptions = { all: flag('include finished runs', { short: 'a' }) };

export const reportOptions = {
  output: option(path('file'), "where to write it (default: report.html in the run's folder)", {
    short: 'o',
  }),
};

export const schemaOptions = {
  of: option(
    choice(['run-file', ...documentNames], 'document'),
    `run-file, verdict (${files.verdict}), a command (what it prints with --json), or error`,
    { default: 'run-file' },
  ),
};

/** The options that a run file may set: those with which a run is checked, planned, launched and queued. */
export const runFileOptions: OptionTable = Object.fromEntries(
  Object.entries<OptionTable[string]>(launchOptions).filter(([, { commandLineOnly }]) => !commandLineOnly),
);

/** The values with which a job is read. */
export type JobValues = Partial<Values<typeof jobOptions>>;
/** The values with which a run is judged. */
export type RunValues = Values<typeof runOptions>;
