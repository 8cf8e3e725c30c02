import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { type LabHost, labMissing } from '../lab/lab.ts';
import { slurmMissing } from '../lab/slurm.ts';
import { readJson } from '../support/cli.ts';
import { type Cluster, clusterUp, training } from './slurm-lab.ts';

/** Real Slurm, spoken to through one of its nodes: this machine's own commands find no cluster. */
const missing = labMissing() ?? slurmMissing();

describe.skipIf(missing !== undefined)(
  `--login${missing ? ` (${missing})` : ''}`,
  { timeout: 180_000 },
  () => {
    let cluster: Cluster;
    let login: LabHost;
    beforeAll(async () => {
      cluster = await clusterUp();
      [login] = cluster.lab.hosts as [LabHost];
      on(['mount', '--bind', join(cluster.lab.folder, 'slurm'), '/etc/slurm']);
    });
    afterAll(async () => {
      await cluster?.lab.down();
    });
    const on = ([program = '', ...args]: string[]) => {
      const [enter = '', ...words] = login.enter;
      return spawnSync(enter, [...words, program, ...args], { encoding: 'utf8' });
    };
    const outside = (args: readonly string[], cwd: string) =>
      cluster.rampcheck(args, { cwd, enter: [...cluster.lab.enter, 'env', '-u', 'SLURM_CONF'] });
    const submit = (options: readonly string[], words: readonly string[], cwd: string) =>
      outside(['submit', '--to', 'slurm', '--json', ...options, '--', ...training, ...words], cwd);
    const one = ['--nodes', '1', '--gpus-per-node', '2'];

    test('a folder that the login node sees: queued, followed, and the verdict read from here', async () => {
      const cwd = cluster.folder();
      expect((await submit(one, [], cwd)).exitCode).not.toBe(0);
      const queued = await submit([...one, '--login', 'lab-1'], ['--max_steps', '20'], cwd);
      expect(queued, queued.stderr).toMatchObject({ exitCode: 0 });
      expect(queued.stderr).not.toContain('copying');
      const { run } = JSON.parse(queued.stdout) as { run: string };
      const { exitCode, stderr } = await outside(['attach', run], cwd);
      expect(exitCode, stderr).toBe(0);
      const status = await outside(['status', '--json', run], cwd);
      expect(JSON.parse(status.stdout)).toMatchObject({ state: 'finished', batch: { phase: 'over' } });
    });

    test('one that it does not see is copied there, and what the job writes comes back', async () => {
      const cwd = mkdtempSync(join(tmpdir(), 'rampcheck-login-'));
      onTestFinished(() => {
        rmSync(cwd, { recursive: true });
        on(['rm', '-rf', cwd]);
      });
      writeFileSync(join(cwd, 'data.txt'), 'it is needed there');
      const there = [...one, '--login', 'lab-1', '--sbatch', 'nodelist=lab-1'];
      const queued = await submit(there, ['--wrong'], cwd);
      expect(queued, queued.stderr).toMatchObject({ exitCode: 0 });
      expect(queued.stderr).toContain(`copying ${cwd} to lab-1`);
      expect(on(['cat', join(cwd, 'data.txt')]).stdout).toBe('it is needed there');
      const { run, path } = JSON.parse(queued.stdout) as { run: string; path: string };
      const { exitCode, stdout, stderr } = await outside(['attach', run], cwd);
      expect(exitCode, stdout + stderr).toBe(93);
      expect(readJson<Verdict>(join(path, 'verdict.json'))).toMatchObject({
        outcome: 'aborted',
        detected: { by: 'projection', step: 0 },
      });
      expect(readFileSync(join(path, 'events.jsonl'), 'utf8')).toContain('violation');
    });

    test('stop, through it', async () => {
      const cwd = cluster.folder();
      const queued = await submit([...one, '--login', 'lab-1'], ['--hold_at', '10'], cwd);
      const { run, job } = JSON.parse(queued.stdout) as { run: string; job: string };
      expect((await outside(['stop', run], cwd)).exitCode).toBe(0);
      expect(await cluster.show(job)).toMatchObject({ JobState: 'CANCELLED' });
    });

    test('a job that Slurm refuses leaves nothing, here or there', async () => {
      const cwd = mkdtempSync(join(tmpdir(), 'rampcheck-login-'));
      onTestFinished(() => {
        rmSync(cwd, { recursive: true });
        on(['rm', '-rf', cwd]);
      });
      const run = join(cwd, 'run');
      const refused = await submit(
        [...one, '--login', 'lab-1', '--partition', 'nowhere', '--run-dir', run],
        [],
        cwd,
      );
      expect(refused.exitCode).toBe(90);
      expect(refused.stdout + refused.stderr).toMatch(/sbatch-refused.*invalid partition/is);
      expect(existsSync(run)).toBe(false);
      expect(on(['ls', run]).status).not.toBe(0);
    });

    test('a login node that is none, and one that cannot be reached', async () => {
      const cwd = cluster.folder();
      const unreachable = await submit([...one, '--login', 'lab-99'], [], cwd);
      expect(unreachable.exitCode).toBe(91);
      expect(unreachable.stdout + unreachable.stderr).toContain('ssh-name');
      expect((await submit([...one, '--login', '-oProxyCommand=x'], [], cwd)).exitCode).not.toBe(0);
    });
  },
);
