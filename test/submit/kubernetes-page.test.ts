import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Manifest } from '../../src/submit/kubernetes/manifest.ts';
import { fixtures, root, runCli } from '../support/cli.ts';
import { modelled } from './kubernetes-models.ts';

test('the page shows what its command makes, and the models take it', async () => {
  const page = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
  const [, command = ''] = /```console\n\$ rampcheck (submit .*?)```/s.exec(page) ?? [];
  const words = command.replaceAll('\\\n', ' ').trim().split(/\s+/);
  const args = [words[0] ?? '', '--dry-run', ...words.slice(1)];
  const { exitCode, stdout, all } = await runCli(args, { cwd: join(fixtures, 'seed') });
  expect(exitCode, all).toBe(0);
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  expect(await modelled(objects)).toEqual([]);

  const [, text = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const shown = parse(text) as Manifest;
  const made = objects.at(-1);
  const annotations = { 'rampcheck/plan': expect.stringMatching(/^sha256:/) as string };
  expect(made).toEqual({ ...shown, metadata: { ...shown.metadata, annotations } });
}, 60_000);
