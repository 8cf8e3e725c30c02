import type { CommandDefinition } from '../command/command.ts';
import { wholeNumber } from '../command/values.ts';
import { RampcheckError } from '../errors.ts';

export const curve: CommandDefinition = {
  name: 'curve',
  summary: 'show the learning rate that a schedule uses, step by step, as its library computes it',
  arguments: '<schedule>',
  takesCommand: false,
  options: [
    { flags: '--lr <lr>', description: "the optimizer's learning rate", parse: learningRate },
    {
      flags: '--params <json>',
      description: "the library's own constructor arguments",
      parse: jsonObject('--params'),
    },
    {
      flags: '--steps <list>',
      description: 'optimizer steps to show, as in 0,1,2 or 0-9,99',
      parse: stepList,
    },
    { flags: '--count <n>', description: 'the first n optimizer steps', parse: wholeNumber('--count', 1) },
    {
      flags: '--compare <schedule>',
      description: 'a second schedule, overlaid, and where the two differ first',
    },
    {
      flags: '--compare-params <json>',
      description: "the second schedule's arguments (default: the same warmup and total, in its own words)",
      parse: jsonObject('--compare-params'),
    },
    {
      flags: '--versions <list>',
      description: 'library versions, as in transformers=4.57.6,deepspeed=0.16.9',
    },
    { flags: '--table', description: 'every step and value instead of the chart' },
  ],
  examples: [
    `rampcheck curve transformers:cosine --lr 1e-5 --params '{"num_warmup_steps": 10, "num_training_steps": 100}'`,
    `rampcheck curve transformers:cosine --lr 1e-5 --params '{"num_warmup_steps": 10, "num_training_steps": 100}' --compare deepspeed:WarmupCosineLR`,
    'rampcheck curve @curve.json --table',
  ],
  load: async () => (await import('./curve-run.ts')).runCurve,
};

function learningRate(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new RampcheckError('bad-learning-rate', `--lr needs a positive number like 1e-5, not '${text}'`);
}

function jsonObject(option: string): (text: string) => Record<string, unknown> {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new RampcheckError('bad-option', `${option} is not JSON: ${(error as Error).message}`, {
        hint: `write it in single quotes: ${option} '{"num_warmup_steps": 10}'`,
        cause: error,
      });
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
    throw new RampcheckError(
      'bad-option',
      `${option} needs a JSON object of arguments, not ${text.slice(0, 40)}`,
    );
  };
}

/** Whole numbers and ranges: `0,1,2`, `0-9,99`. */
function stepList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to ?? from)];
    if (from === undefined || !Number.isSafeInteger(last) || last < first || last - first > 10_000_000) {
      throw new RampcheckError(
        'bad-option',
        `--steps lists optimizer steps from 0 on, as in 0,1,2 or 0-9, not '${part}'`,
      );
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
