import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPlainPickle } from '../../src/files/pickle.ts';
import { resumedCheckpoint } from '../../src/job/checkpoint.ts';
import { fixtures, scratch } from '../support/cli.ts';

/** `pickle.dumps` of Python expressions, in three protocols. */
function pickled(expressions: readonly string[]): Buffer[] {
  const source = `import base64, json, pickle, sys, collections
values = [eval(text) for text in json.load(sys.stdin)]
print(json.dumps([base64.b64encode(pickle.dumps(value, protocol)).decode() for value in values for protocol in (2, 3, 4)]))`;
  const output = execFileSync('python3', ['-c', source], {
    input: JSON.stringify(expressions),
    encoding: 'utf8',
  });
  return (JSON.parse(output) as string[]).map((text) => Buffer.from(text, 'base64'));
}

test.each([
  [
    '{"base_lrs": [3e-05, 1e-5], "last_epoch": 4, "lr_lambdas": [{}, None], "x": (1, 2, 3, 4)}',
    { base_lrs: [3e-5, 1e-5], last_epoch: 4, lr_lambdas: [{}, null], x: [1, 2, 3, 4] },
  ],
  [
    '[True, False, None, 0, 255, 256, 70000, -1, 2**40, -2**40, "ü", ""]',
    [true, false, null, 0, 255, 256, 70_000, -1, 2 ** 40, -(2 ** 40), 'ü', ''],
  ],
  ['(lambda a: [a, a])([1.5])', [[1.5], [1.5]]],
  ['{"__proto__": 1, "a": ()}', JSON.parse('{"__proto__": 1, "a": []}')],
  ['collections.Counter("a")', undefined],
  ['object', undefined],
  ['{"a": {1, 2}}', undefined],
])('%s', (expression, value) => {
  for (const bytes of pickled([expression])) expect(readPlainPickle(bytes)).toEqual(value);
});

test('no bytes do harm', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void readPlainPickle(bytes)),
    { numRuns: 3000 },
  );
});

test('a checkpoint as transformers wrote it', () => {
  const cwd = scratch();
  for (const step of [4, 12]) {
    const folder = join(cwd, 'out', `checkpoint-${step}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'trainer_state.json'),
      JSON.stringify({ global_step: step, max_steps: 20, train_batch_size: 2 }),
    );
    copyFileSync(join(fixtures, 'checkpoint', 'scheduler.pt'), join(folder, 'scheduler.pt'));
  }
  const named = { value: 'True', text: '--resume_from_checkpoint True' };
  const out = { value: 'out', text: '--output_dir out' };
  expect(resumedCheckpoint(cwd, { resume_from_checkpoint: named, output_dir: out })).toEqual({
    path: 'out/checkpoint-12',
    exists: true,
    files: ['scheduler.pt', 'trainer_state.json'],
    globalStep: 12,
    maxSteps: 20,
    trainBatchSize: 2,
    baseLrs: [3e-5],
  });
  expect(resumedCheckpoint(cwd, { resume_from_checkpoint: { value: 'gone', text: '' } })).toMatchObject({
    exists: false,
  });
  expect(resumedCheckpoint(cwd, {})).toBeUndefined();
});
