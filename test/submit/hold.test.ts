import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { holdSteps } from '../../src/schedule/hold.ts';
import { curve } from '../../src/schedule/index.ts';
import { root } from '../support/cli.ts';

/** N as the coordinator finds it, from the points that a rank tells, against the rule over the whole curve. */
const schedules: [string, Record<string, number>][] = [
  ['cosine', { num_warmup_steps: 0 }],
  ['cosine', { num_warmup_steps: 10 }],
  ['linear', { num_warmup_steps: 1 }],
  ['constant', {}],
  ['constant_with_warmup', { num_warmup_steps: 7 }],
  ['warmup_stable_decay', { num_warmup_steps: 0, num_stable_steps: 30, num_decay_steps: 60 }],
  ['warmup_stable_decay', { num_warmup_steps: 1, num_stable_steps: 60, num_decay_steps: 20 }],
];
const cases = schedules.flatMap(([scheduler, params]) =>
  [100, 5000].flatMap((total) => [1, 8].map((world) => ({ scheduler, params, total, world }))),
);

test('the same for short runs, and never less for long ones', async () => {
  const asked = cases.map(({ scheduler, params, total, world }) => {
    const all = { ...params, ...(scheduler === 'constant' ? {} : { num_training_steps: total }) };
    const at = curve({ lib: 'transformers', scheduler, params: all, lr0: 1e-5 });
    const stride = Math.max(1, Math.floor(total / 256));
    const steps = Array.from({ length: Math.ceil(total / stride) }, (_, i) => i * stride);
    const samples = steps.map((step) => [step, at(step)]);
    const training = { world_size: world, gradient_accumulation_steps: 4 };
    const rule = holdSteps(at, total, params.num_warmup_steps ?? 0, {
      projection: true,
      worldSize: world,
      accumulation: 4,
    });
    return { declared: { start: 0, total, samples, training, asked: { params } }, rule: rule.steps, total };
  });
  const script = `import json, sys; sys.path.insert(0, sys.argv[1]); from rampcheck_node.hold import hold_steps
auto = {"option": "auto", "steps": None, "total": None}
print(json.dumps([hold_steps(auto, declared, True) for declared in json.load(sys.stdin)]))`;
  const { stdout } = await execa('python3', ['-c', script, join(root, 'src', 'node')], {
    input: JSON.stringify(asked.map(({ declared }) => declared)),
  });
  const found = JSON.parse(stdout) as number[];
  const named = asked.map(({ rule, total }, i) => ({ ...cases[i], total, rule, found: found[i] ?? 0 }));
  expect(named.filter(({ total, rule, found: n }) => total === 100 && n !== rule)).toEqual([]);
  expect(named.filter(({ rule, found: n }) => n < rule)).toEqual([]);
});
