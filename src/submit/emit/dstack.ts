import { environment } from '../../contract/contract.ts';
import { RampcheckError } from '../../errors.ts';
import { yaml } from '../../files/yaml.ts';
import { folderOf } from './commands.ts';
import type { Format } from './format.ts';
import { startCommand } from './start-command.ts';

/** dstack passes all commands of a task to its shell as one word, and Linux limits a word to this size (bytes). */
const WORD_BYTES = 131_072;
/** Space for what dstack adds. */
const ROOM = 8_192;

/** A dstack task: `dstack apply -f FILE`, in the folder of the training, which is a Git repository. */
export const dstack: Format = {
  name: 'dstack',
  nodes: 'later',
  pieces: ({ plan, bundle, directory, gpu, image, run }) => {
    const command = startCommand(bundle, {
      [environment.node_rank]: '"$DSTACK_NODE_RANK"',
      [environment.nodes]: '"$(echo "$DSTACK_NODES_IPS" | paste -sd, -)"',
      [environment.run_dir]: folderOf(run, directory),
    });
    assertShort(command);
    const task = {
      type: 'task',
      name: run,
      nodes: plan.nodes.length,
      ...(image === undefined ? {} : { image }),
      repos: ['.'],
      commands: [command],
      resources: { gpu: `${gpu}:${plan.nodes[0]?.slots.length ?? 0}` },
    };
    return [{ file: `${run}.dstack.yml`, text: yaml().stringify(task, { lineWidth: 0 }) }];
  },
};

function assertShort(command: string): void {
  if (command.length <= WORD_BYTES - ROOM) return;
  throw new RampcheckError(
    'bundle-too-large',
    `the command has ${command.length.toLocaleString('en-US')} bytes, but dstack accepts at most ${(WORD_BYTES - ROOM).toLocaleString('en-US')}`,
    {
      hint: 'shorten the curve given with --expect @file: one value per step of a long run takes most of the space',
    },
  );
}
