import { resolve } from 'node:path';
import { z } from 'zod';
import type { Expect } from '../contract/settings.ts';
import { RampcheckError } from '../errors.ts';
import { readBounded, UnreadableError } from '../files/read-bounded.ts';
import { runnableCurve } from '../schedule/index.ts';

const lrs = z.array(z.number().nonnegative()).min(1);
/** Every step of a curve is computed and handed to every rank. */
const MOST_STEPS = 10_000_000;

const expectFile = z.union([z.object({ lrs }), z.object({ groups: z.array(lrs).min(1) })]);

/**
 * Reads `--expect`: `@curve.json`, or `family:schedule lr=… warmup=… total=…` with further words as the library's
 * constructor arguments.
 *
 * @throws RampcheckError `bad-expect` (exit 2) if it is not a curve.
 */
export function readExpect(text: string, cwd: string): Expect {
  if (text.startsWith('@')) return readExpectFile(text.slice(1), cwd);
  const [name = '', ...words] = text.trim().split(/\s+/);
  const [lib, scheduler] = name.split(':');
  const given = new Map(words.map((word) => word.split('=', 2) as [string, string | undefined]));
  if (!lib || !scheduler || !given.get('lr') || !given.get('total')) {
    throw bad(`'${text}' is not a curve`);
  }
  const lr0 = number(given, 'lr');
  const total = number(given, 'total');
  const params: Record<string, unknown> = {};
  for (const [key, value] of given)
    if (!['lr', 'total', 'warmup'].includes(key)) params[key] = literal(value ?? '');
  const warmup = steps(given.get('warmup') ?? '0', total);
  if (lib === 'transformers') Object.assign(params, { num_warmup_steps: warmup, num_training_steps: total });
  else if (given.has('warmup'))
    throw bad(`warmup= is only for transformers schedules; give the arguments of ${scheduler} by name`);
  const spec = { lib, scheduler, params, lr0 };
  const lr = runnableCurve(spec);
  return { lrs: Array.from({ length: total }, (_, step) => lr(step)), spec };
}

function readExpectFile(path: string, cwd: string): Expect {
  let text: string;
  try {
    text = readBounded(resolve(cwd, path)).toString('utf8');
  } catch (error) {
    throw new RampcheckError(
      'bad-expect',
      `--expect: ${error instanceof UnreadableError ? `${path} ${error.message}` : `cannot read ${path}`}`,
      {
        location: { file: path },
        cause: error,
      },
    );
  }
  try {
    return expectFile.parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new RampcheckError('bad-expect', `--expect: ${path} is not a curve: ${detail}`, {
      location: { file: path },
      hint: 'it should contain {"lrs":[…]}, one value per optimizer step, or {"groups":[[…],[…]]}',
      cause: error,
    });
  }
}

function number(given: ReadonlyMap<string, string | undefined>, key: string): number {
  const value = Number(given.get(key));
  if (!(value > 0) || (key === 'total' && !Number.isInteger(value))) {
    throw bad(`${key}=${given.get(key)} is not a positive ${key === 'total' ? 'whole ' : ''}number`);
  }
  if (key === 'total' && value > MOST_STEPS)
    throw bad(`total=${given.get(key)} is more than ${MOST_STEPS} optimizer steps`);
  return value;
}

/** "100" steps, or "1%" of the run, rounded up as transformers does (training_args.py, get_warmup_steps). */
function steps(text: string, total: number): number {
  const share = /^([\d.]+)%$/.exec(text);
  const value = share ? Math.ceil(total * (Number(share[1]) / 100)) : Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw bad(`warmup=${text} is neither a number of steps nor a share such as 1%`);
  return value;
}

function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function bad(message: string): RampcheckError {
  return new RampcheckError('bad-expect', `--expect: ${message}`, {
    hint: '--expect "transformers:cosine lr=1e-5 warmup=1% total=4000", or --expect @curve.json',
  });
}
