import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';

const none = { LC_ALL: '', LC_CTYPE: '', LANG: '', TERM: 'xterm' };
const params = '{"num_warmup_steps": 2, "num_training_steps": 20}';
const commands = {
  curve: ['curve', 'transformers:cosine', '--lr', '1e-5', '--params', params],
  plan: ['plan', '--', 'torchrun', '--nproc_per_node=1', 'train.py', '--learning_rate', '1e-5'],
};

test.for<[string, Record<string, string>, boolean]>([
  ['no locale', {}, false],
  ['LC_ALL=C', { LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
  ['LANG=POSIX', { LANG: 'POSIX' }, false],
  ['LC_CTYPE=de_DE.ISO-8859-1', { LC_CTYPE: 'de_DE.ISO-8859-1', LANG: 'C.UTF-8' }, false],
  ['LANG=C.utf8', { LANG: 'C.utf8' }, true],
  ['LC_ALL=en_US.UTF-8', { LC_ALL: 'en_US.UTF-8', LANG: 'C' }, true],
  ['a dumb terminal', { LANG: 'C.UTF-8', TERM: 'dumb' }, false],
])('%s: curve and plan draw alike', async ([, env, braille]) => {
  for (const [name, argv] of Object.entries(commands)) {
    const { stdout } = await runCli(argv, { cwd: 'test/fixtures/training', env: { ...none, ...env } });
    expect(/[\u2801-\u28ff]/.test(stdout), `${name} in braille`).toBe(braille);
    expect(/^ *\*\*\* /m.test(stdout), `${name} in ASCII`).toBe(!braille);
  }
});
