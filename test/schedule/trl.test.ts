/** The steps of TRL's trainers, against the real ones of .venv-frameworks on one and two ranks. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RampcheckError } from '../../src/errors.ts';
import { countJobSteps } from '../../src/job/count-job-steps.ts';
import { root, trainingEnv } from '../support/cli.ts';
import { jobOf } from '../support/job.ts';
import { freePort } from '../support/port.ts';

type Counted = { total: number } | { error: string };

interface Run {
  trainer: 'GRPO' | 'RLOO' | 'DPO' | 'Reward' | 'SFT';
  samples: number;
  /** Rows that are longer than any max_length here. */
  long?: number;
  arguments: Record<string, number | boolean>;
  /** What is said of the total: the number itself (or its refusal), at most so many, or nothing. */
  known?: 'at most' | 'not';
}

const runs: Run[] = [
  { trainer: 'GRPO', samples: 16, arguments: batch(4, { num_generations: 4, num_iterations: 2 }) },
  { trainer: 'GRPO', samples: 64, arguments: batch(4) },
  // What does not fill a generation is dropped.
  {
    trainer: 'GRPO',
    samples: 17,
    arguments: batch(4, { num_generations: 2, gradient_accumulation_steps: 2 }),
  },
  {
    trainer: 'GRPO',
    samples: 40,
    arguments: batch(2, { num_generations: 4, steps_per_generation: 4, gradient_accumulation_steps: 3 }),
  },
  {
    trainer: 'GRPO',
    samples: 33,
    arguments: batch(2, { num_generations: 4, generation_batch_size: 16, num_train_epochs: 1.5 }),
  },
  { trainer: 'GRPO', samples: 16, arguments: batch(4, { num_generations: 3 }) },
  {
    trainer: 'GRPO',
    samples: 16,
    arguments: batch(4, { generation_batch_size: 16, steps_per_generation: 2 }),
  },
  {
    trainer: 'RLOO',
    samples: 10,
    arguments: batch(4, { steps_per_generation: 4, gradient_accumulation_steps: 2, beta: 0 }),
  },
  { trainer: 'RLOO', samples: 21, arguments: batch(2, { num_generations: 2, num_iterations: 3, beta: 0 }) },
  { trainer: 'DPO', samples: 10, arguments: batch(4) },
  { trainer: 'DPO', samples: 23, long: 6, arguments: batch(2, { max_length: 20 }), known: 'at most' },
  { trainer: 'Reward', samples: 19, arguments: batch(2, { gradient_accumulation_steps: 3 }) },
  { trainer: 'Reward', samples: 19, long: 9, arguments: batch(2, { max_length: 20 }), known: 'at most' },
  { trainer: 'SFT', samples: 30, arguments: batch(2, { max_length: 20 }) },
  { trainer: 'SFT', samples: 30, arguments: batch(2, { max_length: 20, packing: true }), known: 'not' },
];

test.each([1, 2])('what TRL counts is what is planned, on %i ranks', { timeout: 240_000 }, async (ranks) => {
  const counted = await count(ranks);
  for (const [at, run] of runs.entries()) {
    const real = counted[at] ?? { error: 'no answer' };
    const planned = plan(run, ranks);
    const about = JSON.stringify({ run, real, planned });
    if ('error' in real) {
      expect(planned, about).toHaveProperty('refused');
      const { refused } = planned as { refused: string };
      expect(real.error, about).toContain(refused.slice(refused.indexOf(': ') + 2));
    } else if (run.known === 'not') {
      expect(planned, about).toEqual({ total: null });
    } else if (run.known === 'at most') {
      expect((planned as { total: number }).total, about).toBeGreaterThan(real.total);
    } else {
      expect(planned, about).toEqual(real);
    }
  }
});

function batch(size: number, more: Record<string, number | boolean> = {}): Run['arguments'] {
  return { per_device_train_batch_size: size, num_train_epochs: 1, ...more };
}

/** The total that rampcheck makes of the same arguments, in a script that parses them. */
function plan({ trainer, samples, arguments: values }: Run, ranks: number) {
  const words = Object.entries(values).map(([name, value]) => `--${name} ${value === true ? 'True' : value}`);
  const line = `torchrun --nproc-per-node ${ranks} train.py ${words.join(' ')}`;
  const script = `from trl import ${trainer}Config, ${trainer}Trainer, TrlParser\n`;
  try {
    return { total: countJobSteps(jobOf(line, { 'train.py': script }, { samples })).total.value };
  } catch (error) {
    if (error instanceof RampcheckError) return { refused: error.message };
    throw error;
  }
}

async function count(ranks: number): Promise<Counted[]> {
  const port = await freePort();
  const question = JSON.stringify(runs);
  const [answer = '[]'] = await Promise.all(
    Array.from({ length: ranks }, (_, rank) => ask(question, ranks, rank, port)),
  );
  return JSON.parse(answer) as Counted[];
}

function ask(question: string, ranks: number, rank: number, port: number): Promise<string> {
  const distributed = {
    RANK: `${rank}`,
    LOCAL_RANK: `${rank}`,
    WORLD_SIZE: `${ranks}`,
    MASTER_ADDR: '127.0.0.1',
    MASTER_PORT: `${port}`,
  };
  const child = spawn(
    join(root, '.venv-frameworks', 'bin', 'python'),
    [join(import.meta.dirname, 'trl_oracle.py')],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: AbortSignal.timeout(200_000),
      env: { ...trainingEnv('.venv-frameworks'), ...(ranks > 1 ? distributed : {}) },
    },
  );
  let [output, complaints] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4000);
  });
  child.stdin.end(question);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`the oracle ended with ${code}\n${complaints}`)),
    );
  });
}
