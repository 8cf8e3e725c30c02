import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

/** ms-swift 4.6.0, docs "Command-line parameters": max_epochs forces training to stop; num_train_epochs makes the schedule. */
export const swiftMaxEpochs: Rule = {
  id: 'swift-max-epochs',
  title: 'ms-swift stops at max_epochs, and its schedule is made for num_train_epochs',
  severity: 'violation',
  reads: '`max_epochs` and `num_train_epochs` of a swift command',
  why:
    'max_epochs ends the training and nothing else: the schedule is still made for num_train_epochs, 3 where it is not given. With ' +
    '--max_epochs 1 alone, the run is the first third of a decay over three epochs and ends near its peak.',
  fix: 'write --num_train_epochs in place of --max_epochs',
  check({ training, frontEnd, settings, defaults }) {
    const stop = settings.findLast(({ name }) => name === 'max_epochs');
    const end = Number(stop?.value ?? Number.NaN);
    if (frontEnd !== 'swift' || !stop || !(end > 0) || (training.max_steps?.value ?? 0) > 0) return [];
    const stated = training.num_train_epochs;
    const made = stated?.value ?? defaults.num_train_epochs;
    if (end >= made) return [];
    return [
      {
        // Both are stated: the shorter run may be meant.
        severity: stated ? 'warning' : 'violation',
        message: `ms-swift stops after ${end} of the ${made} epochs that its schedule is made for`,
        asked: `${epochs(end)}, with its schedule`,
        wouldRun: `the first ${end} of ${epochs(made)}: the learning rate ends far above its last value`,
        evidence: [
          inCommand(stop, 'ends the training, and does not shorten the schedule'),
          stated
            ? inCommand(stated, 'is the length of the schedule')
            : { text: `num_train_epochs ${made}`, means: 'is the default, and the length of the schedule' },
        ],
        fix: [`write --num_train_epochs ${end}, without --max_epochs`],
      },
    ];
  },
};

function epochs(number: number): string {
  return `${number} ${number === 1 ? 'epoch' : 'epochs'}`;
}
