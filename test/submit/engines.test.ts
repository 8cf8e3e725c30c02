import { expect, test } from 'vitest';
import { flagOf, flagsOf } from '../../src/command/option.ts';
import { engines, refuseForeign } from '../../src/submit/engines.ts';
import { batchOptions } from '../../src/submit/options.ts';
import { runCli } from '../support/cli.ts';

/** Every option of an engine, for every other engine that does not have it. */
const foreign = engines.flatMap((engine) =>
  engines.flatMap((owner) =>
    Object.entries(owner.options)
      .filter(([name]) => !(name in engine.options))
      .map(([name, option]) => ({ engine, owner, name, flag: flagOf(name, option) })),
  ),
);

test.each(foreign.map((each) => ({ ...each, to: each.engine.name })))(
  '--to $to refuses $flag, and says what takes its place',
  ({ engine, owner, name, flag }) => {
    expect(() => refuseForeign(engine, ['nodes', name])).toThrow(
      expect.objectContaining({
        code: 'bad-option',
        message: `${flag} is an option of ${owner.title}, and has no effect in ${engine.title}`,
        hint: expect.stringMatching(/^(use instead: \S|leave it out$)/),
      }),
    );
  },
);

test.each(engines.map((engine) => [engine.name, engine] as const))(
  '%s takes its own options',
  (_, engine) => {
    expect(() => refuseForeign(engine, Object.keys({ ...batchOptions, ...engine.options }))).not.toThrow();
  },
);

test('an option that two engines have is the same one: they share a command line', () => {
  for (const { options } of engines) {
    for (const [name, option] of Object.entries(options)) {
      for (const other of engines) if (other.options[name]) expect(other.options[name]).toBe(option);
      expect(Object.keys(batchOptions)).not.toContain(name);
    }
  }
});

test.each([
  ['slurm', '--image', 'train:1'],
  ['slurm', '--gpu-resource', 'nvidia.com/gpu'],
  ['kubernetes', '--partition', 'gpu'],
  ['kubernetes', '--warn-before', '120'],
])(
  'on the command line: --to %s %s %s is refused, also with the value that it has without',
  async (...words) => {
    const [to, ...option] = words;
    const command = ['torchrun', '--nproc-per-node', '1', 'train.py'];
    const { exitCode, stderr } = await runCli([
      'submit',
      '--to',
      to,
      ...option,
      '--dry-run',
      '--',
      ...command,
    ]);
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain(`${option[0]} is an option of `);
    expect(stderr).toContain('use instead: ');
  },
);

test('help says whose option it is', async () => {
  const { stdout } = await runCli(['submit', '--help'], { env: { COLUMNS: '400' } });
  for (const { name, options } of engines) {
    for (const [key, option] of Object.entries(options)) {
      const line = stdout.split('\n').find((text) => text.includes(`${flagsOf(key, option)} `));
      expect(line, key).toContain(`${name}: `);
    }
  }
});
