import { yaml } from '../../files/yaml.ts';
import { folderOf } from './commands.ts';
import type { Format } from './format.ts';
import { startCommand } from './start-command.ts';

/** A SkyPilot task: `sky launch FILE`. */
export const skypilot: Format = {
  name: 'skypilot',
  nodes: 'later',
  pieces: ({ job, plan, bundle, directory, gpu, image, run }) => {
    const task = {
      name: run,
      num_nodes: plan.nodes.length,
      resources: {
        accelerators: `${gpu}:${plan.nodes[0]?.slots.length ?? 0}`,
        ...(image === undefined ? {} : { image_id: `docker:${image}` }),
      },
      // It is copied to every node, and the command runs there.
      workdir: job.cwd,
      run: startCommand(bundle, {
        RAMPCHECK_NODE_RANK: '"$SKYPILOT_NODE_RANK"',
        RAMPCHECK_NODES: '"$(echo "$SKYPILOT_NODE_IPS" | paste -sd, -)"',
        RAMPCHECK_RUN_DIR: folderOf(run, directory),
      }),
    };
    return [{ file: `${run}.sky.yaml`, text: yaml().stringify(task, { lineWidth: 0 }) }];
  },
};
