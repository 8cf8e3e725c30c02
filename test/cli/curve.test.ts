import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { curve } from '../../src/cli/curve.ts';
import { root, scratch } from '../support/cli.ts';
import { parse } from '../support/options.ts';

const hf = '{"num_warmup_steps": 10, "num_training_steps": 100}';

/** The command in this process: its options stand as they would on a command line. */
async function run(word: string, options: Record<string, string | true> = {}, cwd = root) {
  const words = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, value],
  );
  const context = {
    cwd,
    env: { LANG: 'C.UTF-8' },
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: false,
    color: false,
    columns: 80,
  };
  const handler = await curve.load();
  return handler((await parse(curve, [word, ...words], context)) as never, context);
}

test('--json prints exactly the keys of a recorded curve', async () => {
  const { document, exitCode } = await run('transformers:cosine', {
    lr: '1e-5',
    params: hf,
    steps: '0,1,10-12',
  });
  expect(exitCode).toBe(0);
  expect(document).toEqual({
    lib: 'transformers',
    scheduler: 'cosine',
    params: JSON.parse(hf),
    lr0: 1e-5,
    steps: [0, 1, 10, 11, 12],
    lrs: [0, 1.0000000000000002e-6, 1e-5, 9.99695413509548e-6, 9.987820251299121e-6],
  });
});

test('a recorded curve is read back and recomputed', async () => {
  const { document } = await run('@test/golden/hf_linear_w10_T100.json');
  expect(document).toMatchObject({ lib: 'transformers', scheduler: 'linear', lr0: 5e-5 });
  expect((document as { lrs: number[] }).lrs).toHaveLength(100);
});

test('the chart is as wide as the terminal and names the peak', async () => {
  const { text } = await run('transformers:cosine', { lr: '1e-5', params: hf });
  expect(text).toContain('peak 1e-5 at step 10');
  expect(
    Math.max(
      ...text
        .split('\n')
        .slice(1)
        .map((line) => [...line].length),
    ),
  ).toBeLessThanOrEqual(80);
});

test('--compare answers in one line how two schedules differ', async () => {
  const { text, document } = await run('transformers:cosine', {
    lr: '1e-5',
    params: hf,
    compare: 'deepspeed:WarmupCosineLR',
  });
  expect(text.trimEnd().split('\n').at(-1)).toBe(
    'first difference at optimizer step 1: 1.0000000000000002e-6 and 0; largest at step 4: 2.02e-6',
  );
  expect(document).toMatchObject({
    compare: { params: { warmup_num_steps: 10, total_num_steps: 100 }, difference: { step: 1 } },
  });
  const same = await run('transformers:cosine', {
    lr: '1e-5',
    params: hf,
    compare: 'torchtune:get_cosine_schedule_with_warmup',
  });
  expect(same.text).toContain('agree at all 100 steps');
});

test('--table shows every digit', async () => {
  const { text } = await run('deepspeed:WarmupLR', {
    lr: '1e-5',
    params: '{"warmup_num_steps": 4}',
    count: '3',
    table: true,
  });
  expect(text.split('\n').slice(1, 5)).toEqual([
    'step  deepspeed:WarmupLR',
    '   0  0',
    '   1  0',
    '   2  5e-6',
  ]);
});

test('--versions decides', async () => {
  const { document } = await run('deepspeed:WarmupLR', {
    lr: '1e-5',
    count: '1',
    versions: 'deepspeed=0.14.0',
  });
  expect((document as { lrs: number[] }).lrs).toEqual([1e-5]);
});

test.each([
  ['cosine', { lr: '1e-5' }, 'did you mean transformers:cosine or open-instruct:cosine?'],
  ['transformers:cosine', {}, 'rampcheck curve transformers:cosine --lr 1e-5'],
  ['@nowhere.json', {}, undefined],
] as const)('%s %j is answered with what to write', async (word, options, hint) => {
  await expect(run(word, options)).rejects.toMatchObject({ exitCode: 2, ...(hint ? { hint } : {}) });
});

test.each([
  ['not json', 'is not JSON'],
  ['[]', 'is not a JSON object'],
  ['{"lib": "torch"}', 'does not name lib and scheduler'],
  ['{"lib": "torch", "scheduler": "StepLR"}', 'has no lr0'],
  [
    '{"lib": "torch", "scheduler": "StepLR", "lr0": 1, "steps": [-1]}',
    'has steps that are not whole numbers',
  ],
])('a curve file with %s', async (content, message) => {
  const folder = scratch();
  writeFileSync(join(folder, 'curve.json'), content);
  await expect(run('@curve.json', {}, folder)).rejects.toThrow(message);
});

test.each([
  [{ lr: '1e' }, /--lr needs a positive number/],
  [{ lr: '1e-5', params: '{' }, /--params is not JSON/],
  [{ lr: '1e-5', params: '[1]' }, /needs a JSON object/],
  [{ lr: '1e-5', steps: '3-1' }, /--steps needs optimizer steps/],
  [{ lr: '1e-5', count: '0' }, /--count needs a whole number/],
])('%j is refused', async (options, message) => {
  await expect(run('transformers:constant', options)).rejects.toThrow(message);
});
