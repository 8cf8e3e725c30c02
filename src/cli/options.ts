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
 * Every option of every command, once; those of one executor or one batch engine stand with it. An option's name in its table is its
 * name everywhere: `holdSteps` is --hold-steps on the command line, hold_steps in a run file, and `options.holdSteps` in a handler.
 * Help, the shell's completion, the run file's schema and the pages in docs follow from these tables: adding an option is one entry.
 */

const executorNames = executors.map(({ name }) => name);

/** What is read, and on which nodes it runs. */
export const jobOptions = {
  runFile: option(
    path('file'),
    'a run file in place of a raw command (default: rampcheck.yaml, when no command is given)',
    { commandLineOnly: true },
  ),
  hostfile: option(path('file'), "the cluster, as lines 'host slots=N'; wins over the command's own"),
  nodes: option(wholeNumber(1), 'number of nodes, played by this machine with --on local'),
  on: option(
    choice(executorNames, 'executor'),
    `how nodes are reached: ${executorNames.join(' or ')} (default: local when every node is this machine)`,
  ),
  samples: option(
    wholeNumber(1),
    'training samples in the data set, so that the total of steps is known beforehand',
  ),
  holdSteps: option(holdStepCount, 'optimizer steps that must agree before the run is released', {
    default: 'auto',
  }),
  capture: unless('never run a shell script to see which command it starts'),
  versions: option(
    libraryVersions,
    'library versions of the nodes, as in transformers=4.57.6 (default: what is installed here)',
  ),
  env: option(
    variables,
    "add to every node's environment (the value from here without one); may be repeated",
  ),
  envFile: option(list(path('file')), "a .env file for every node's environment; may be repeated"),
  activate: option(
    list(activation),
    'before the launcher on every node: a virtual environment, env.sh, conda:NAME or module:NAME; may be repeated',
  ),
};

/** How a run is held and judged: launched, queued, or written down by plan --emit. */
export const runOptions = {
  expect: option(
    list(text('curve')),
    'what the learning rate should do; wins over what the command says; once for every optimizer, in the order of their first steps',
  ),
  onMismatch: option(
    choice(['abort', 'warn'], 'action'),
    'abort or warn when the learning rate is not the expected one',
    { default: 'abort' },
  ),
  afterRelease: option(
    choice(['warn', 'abort', 'off'], 'action'),
    'warn, abort or off when the learning rate leaves its curve after the release',
    { default: 'warn' },
  ),
  startStep: option(
    wholeNumber(0, 's'),
    'optimizer step at which a resumed run starts, when only you know it',
  ),
  reportTimeout: option(
    wholeNumber(1, 's'),
    'seconds without a new rank reporting after which a missing one ends the run',
    { default: seconds.report },
  ),
  runDir: option(path('dir'), "the run's folder (default: rampcheck-runs/<time>)"),
  check: unless('go on even when check finds a schedule violation', { commandLineOnly: true }),
  projection: unless('judge by observed steps alone'),
};

/** `launch`'s own. */
export const launchOnly = {
  sync: flag('copy the working directory to every node first (rsync), when they share no file system'),
  ranks: option(rankList, 'ranks whose output is shown (default: 0); the same line of many is shown once', {
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
  array: option(
    list(path('run-file')),
    'a run file, in place of a command; with several, a job array of their runs',
  ),
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
    `write the run down as ${formNames.join(', ')}, with agent and callback inside`,
  ),
  output: option(path('dir'), '--emit: write files into this folder in place of the screen'),
  gpu: option(text('name'), '--emit: what an accelerator is called', { default: 'H100' }),
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
    'sarif (SARIF 2.1.0) or github (workflow commands), in place of text',
  ),
};

export const fixOptions = {
  ...jobOptions,
  remedy: option(
    choice(['trainer', 'deepspeed'], 'who'),
    'who makes the schedule: trainer (no scheduler in the DeepSpeed config) or deepspeed (its own of the same family)',
  ),
  write: flag('write the files instead of showing the diff'),
};

const { runFile: _runFile, ...initJobOptions } = jobOptions;

export const initOptions = {
  ...initJobOptions,
  output: option(path('file'), 'the file to write', { default: 'rampcheck.yaml' }),
  force: flag('replace a run file that is there'),
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
  python: option(text('path'), 'the Python of the training, without a command to take it from'),
};

export const verifyOptions = {
  expect: option(text('curve'), 'what the learning rate should do; wins over what the command says'),
  loggingSteps: option(
    wholeNumber(1),
    "optimizer steps between two of the Trainer's lines (default: the command's own logging_steps)",
  ),
  startStep: option(
    wholeNumber(0, 's'),
    'optimizer step at which a resumed log begins, where its lines do not say it',
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
  steps: option(stepList, 'optimizer steps to show, as in 0,1,2 or 0-9,99'),
  count: option(wholeNumber(1), 'the first n optimizer steps'),
  compare: option(text('schedule'), 'a second schedule, overlaid, and where the two differ first'),
  compareParams: option(
    parameters,
    "the second schedule's arguments (default: the same warmup and total, in its own words)",
  ),
  versions: option(libraryVersions, 'library versions, as in transformers=4.57.6,deepspeed=0.16.9'),
  table: flag('every step and value instead of the chart'),
};

export const hostsOptions = {
  include: option(text('filter'), "nodes and slots to use, as deepspeed's own: w0@w1:0,1", { short: 'i' }),
  exclude: option(text('filter'), 'nodes and slots to leave out', { short: 'e' }),
  slots: option(wholeNumber(1), 'ranks of a host whose line has no number'),
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
  follow: flag('go on until the run is over', { short: 'f' }),
  rank: option(rankList, 'ranks to show (default: 0; all ranks of --node)'),
  node: option(text('name'), 'the ranks of one node, and its launcher'),
};

export const psOptions = { all: flag('runs that are over, too', { short: 'a' }) };

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

/** What a run file may hold: the options with which a run is checked, planned, launched and queued. */
export const runFileOptions: OptionTable = Object.fromEntries(
  Object.entries<OptionTable[string]>(launchOptions).filter(([, { commandLineOnly }]) => !commandLineOnly),
);

/** Values by which a job is read, by whichever command takes some of these options. */
export type JobValues = Partial<Values<typeof jobOptions>>;
/** Values by which a run is judged. */
export type RunValues = Values<typeof runOptions>;
