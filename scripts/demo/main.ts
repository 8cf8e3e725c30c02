import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makePaint } from '../../src/report/text.ts';
import { compare } from './compare.ts';
import { type Act, play } from './play.ts';

/**
 * The main job, scaled down: the command of a 72B fine-tuning with a Qwen2 of 30,000 random weights, on two nodes
 * simulated on this machine. Real torch, transformers and DeepSpeed ZeRO-3 throughout; every line below comes from the run that is going on.
 */
const root = join(import.meta.dirname, '..', '..');
const runs = join(root, 'rampcheck-runs', 'demo');
const paint = makePaint(process.stdout.isTTY === true && !process.env.NO_COLOR);
const say = (text: string) => void process.stdout.write(`${text}\n`);

const training =
  '--learning_rate 1e-5 --lr_scheduler_type cosine --warmup_steps 0.1 --per_device_train_batch_size 2 ' +
  '--gradient_accumulation_steps 2 --num_train_epochs 3 --weight_decay 0.01 --bf16 True --gradient_checkpointing True ' +
  '--samples 48 --logging_steps 1 --disable_tqdm True --save_strategy no --report_to none --use_cpu True';

const acts: readonly Act[] = [
  {
    title: "(a) Today's way: the raw command. The DeepSpeed config carries a WarmupLR; cosine was asked for.",
    how: 'raw',
    config: 'ds_zero3_warmuplr.json',
    expectExit: 0,
    see: 'Nothing errors, nothing warns, exit 0. The learning rate stays flat at its peak to the end.',
  },
  {
    title: '(b) rampcheck check: nothing is started.',
    how: ['check'],
    config: 'ds_zero3_warmuplr.json',
    expectExit: 93,
    see: 'File, line, what was asked, what would run, both remedies. Exit 93.',
  },
  {
    title:
      '(c) rampcheck launch --no-check: the ranks start, and are stopped before their first optimizer step.',
    how: ['launch', '--nodes', '2', '--no-check', '--run-dir', join(runs, 'c')],
    config: 'ds_zero3_warmuplr.json',
    expectExit: 93,
    see: 'Stopped by projection on both nodes, the cause with file and line, no process left. Exit 93.',
  },
  {
    title:
      '(d) Scheduler and optimizer are removed from the DeepSpeed config: the Trainer’s own cosine, and its own parameter groups.',
    how: ['launch', '--nodes', '2', '--run-dir', join(runs, 'd')],
    config: 'ds_zero3.json',
    expectExit: 0,
    see: 'Released, and trained to its end; norms and biases are not decayed, as the Trainer means it. Exit 0.',
  },
  {
    title: '(e) The other remedy: DeepSpeed’s own WarmupCosineLR.',
    how: ['launch', '--nodes', '2', '--run-dir', join(runs, 'e')],
    config: 'ds_zero3_warmupcosine.json',
    expectExit: 0,
    see: 'Released too, with a warning: the same cosine, one step late.',
  },
];

rmSync(runs, { recursive: true, force: true });
const started = Date.now();
let wrong = 0;
for (const act of acts) {
  say(`\n${paint.bold(act.title)}`);
  const { exitCode, seconds } = await play(act, training, root, runs, say);
  const asExpected = exitCode === act.expectExit;
  if (!asExpected) wrong++;
  const mark = asExpected ? paint.green('✔') : paint.red('✘');
  say(`\n${mark} exit ${exitCode} after ${seconds.toFixed(0)} s. ${paint.bold('To see:')} ${act.see}`);
}
say(`\n${paint.bold('Learning rate per optimizer step, from the two runs above')}`);
say(
  compare(
    join(runs, 'c'),
    join(runs, 'd'),
    process.stdout.columns || 80,
    process.stdout.isTTY === true && !process.env.NO_COLOR,
  ),
);
say(
  `The demo took ${((Date.now() - started) / 1000).toFixed(0)} s. The runs are kept in rampcheck-runs/demo.`,
);
process.exitCode = wrong === 0 ? 0 : 1;
