import { environment } from '../../contract/contract.ts';
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
        [environment.node_rank]: '"$SKYPILOT_NODE_RANK"',
        [environment.nodes]: '"$(echo "$SKYPILOT_NODE_IPS" | paste -sd, -)"',
        [environment.run_dir]: folderOf(run, directory),
      }),
    };
    return [{ file: `${run}.sky.yaml`, text: yaml().stringify(task, { lineWidth: 0 }) }];
  },
};
