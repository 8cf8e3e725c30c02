import { expect, test } from 'vitest';
import { makeRedactor, redactDocument } from '../../src/redact/redact.ts';

const random = 'q7Xw2mZp9LkR4vTn';

test.each([
  ['an environment variable', { HF_TOKEN: 'abcdef123456' }, [], 'token abcdef123456 here', 'token *** here'],
  ['an option with =', {}, ['--hub_token=qwertyuiop'], '--hub_token=qwertyuiop', '--hub_token=***'],
  ['an option and its value', {}, ['--wandb-api-key', 'k3y-k3y-k3y'], 'k3y-k3y-k3y', '***'],
  ['an option in one word, in camel case', {}, ['--hubToken', 'qwertyuiop'], 'x qwertyuiop', 'x ***'],
  ['a Hydra override', {}, ['trainer.api_key=abcdefgh'], 'abcdefgh', '***'],
  ['a value that JSON escapes', { DB_PASSWORD: 'pa"ss\\word' }, [], JSON.stringify('pa"ss\\word'), '"***"'],
  ['a number that is a PIN', { VAULT_PIN: '482913' }, [], 'step 482913, lr 4829131', 'step ***, lr 4829131'],
  ['a short value beside its name', {}, [], 'ran with --password abc now', 'ran with --password *** now'],
])('masks %s', (_, env, argv, text, masked) => {
  expect(makeRedactor(env, argv)(text)).toBe(masked);
});

test.each([
  'PGPASSWORD',
  'MYSQL_PWD',
  'OPENAI_KEY',
  'GITHUB_PAT',
  'SLACK_WEBHOOK',
  'SERVICE_JWT',
  'SSHPASS',
  'GPG_PASSPHRASE',
  'WANDB_API_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'COMET_APIKEY',
  'NPM_AUTH',
  'REDIS_DSN',
  'VAULT_TOKEN',
  'GOOGLE_CREDENTIALS',
  'SESSION_COOKIE',
  'adminPassword',
])('the value of %s is masked in a text, in a document and beside its name', (name) => {
  const redact = makeRedactor({ [name]: random });
  expect(redact(`uses ${random} there`)).toBe('uses *** there');
  expect(makeRedactor({})(`${name}=${random}`)).toBe(`${name}=***`);
  expect(JSON.stringify(redactDocument({ env: { [name]: random } }, makeRedactor({})))).not.toContain(random);
});

test.each([
  ['Hugging Face', `hf_${random}`],
  ['OpenAI', `sk-proj-${random}${random}`],
  ['GitHub', `github_pat_${random}_${random}${random}`],
  ['GitLab', `glpat-${random}abcd`],
  ['AWS', 'ASIAQ7XW2MZP9LKR4VTN'],
  ['Groq, by the maintained rules', `gsk_${'a1B2'.repeat(13)}`],
  ['Databricks, by the maintained rules', `dapi${'0a1b2c3d'.repeat(4)}`],
  ['a JSON Web Token', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${random}`],
  ['a bearer token', `Bearer ${random}`],
  ['a Slack webhook', `https://hooks.slack.com/services/T00000000/B00000000/${random}`],
  ['a Discord webhook', `https://discord.com/api/webhooks/123456/${random}`],
  ['the password of a URL', `https://user:${random}@host.example/path`],
  ['the password of a database', `postgresql://trainer:${random}@db:5432/runs`],
])('a secret is known by its form: %s', (_, secret) => {
  const clean = makeRedactor({})(`the log says ${secret} here`);
  expect(clean).not.toContain(random);
  expect(clean).toContain('***');
  expect(clean.startsWith('the log says ')).toBe(true);
  expect(clean.endsWith(' here')).toBe(true);
});

test('a private key is masked as a whole', () => {
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${random}\n${random}\n-----END OPENSSH PRIVATE KEY-----`;
  expect(makeRedactor({})(`a ${key} b`)).toBe('a *** b');
});

test.each([
  ['a tokenizer', {}, ['--tokenizer_name', 'Qwen2Tokenizer'], 'Qwen2Tokenizer'],
  ['a switch', { TOKENIZERS_PARALLELISM: 'false' }, [], 'false'],
  ['a number', {}, ['--pad_token', '151643'], '151643'],
  ['a token of a tokenizer', {}, ['--eos_token', '<|im_end|>'], 'ends with <|im_end|>'],
  ['a column', {}, ['--text_key', 'text', '--label-key', 'labels'], 'text and labels'],
  ['a folder', { PWD: '/home/me/project', OLDPWD: '/home/me' }, [], 'in /home/me/project'],
  ['a path to a key', { SSH_KEY: '/home/me/.ssh/id_ed25519' }, [], 'Identity /home/me/.ssh/id_ed25519'],
  ['a short value, which is ordinary text elsewhere', { MY_TOKEN: 'abc' }, [], 'abcdef'],
  ['code in a traceback', {}, [], '    token = get_token(config)'],
  ['a learning rate', {}, [], 'learning_rate: 1e-05, max_new_tokens=4096, pass=1'],
  ['a checksum', {}, [], 'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  ['a model', {}, [], 'Qwen/Qwen2-72B-Instruct-checkpoint-000012345'],
])('leaves %s', (_, env, argv, text) => {
  expect(makeRedactor(env, argv)(text)).toBe(text);
});

test('a secret that is an ordinary word leaves keys and words of ours as they are', () => {
  const redact = makeRedactor({ DB_PASSWORD: 'training', OTHER_SECRET: 'released' });
  const verdict = {
    outcome: 'released',
    run: { state: 'training' },
    message: 'the password is training',
  };
  expect(redactDocument(verdict, redact)).toEqual({ ...verdict, message: 'the password is ***' });
  expect(redactDocument({ argv: ['x', '--db', 'training'], lines: ['training'] }, redact)).toEqual({
    argv: ['x', '--db', '***'],
    lines: ['***'],
  });
});

test('the value behind an option is masked in a list of words, however short', () => {
  const { argv } = redactDocument({ argv: ['--password', 'abc', '--lr', '1e-5'] }, makeRedactor({}));
  expect(argv).toEqual(['--password', '***', '--lr', '1e-5']);
});

test.each(['1', 'a', '_', ':', '=', 'a1', 'eyJ', '://', 'token ', 'sk-', '-----BEGIN ', 'password='])(
  'a megabyte of %j is looked through before the test times out: no pattern is quadratic',
  (piece) => {
    const text = piece.repeat(1_000_000 / piece.length);
    expect(makeRedactor({ HF_TOKEN: random })(`${text} ${random}`)).not.toContain(random);
  },
);
