import { environment } from '../../contract/contract.ts';
import { quote } from '../../job/quote.ts';
import type { Format } from './format.ts';
import { startCommand } from './start-command.ts';

/** One self-contained shell command per node: a node needs only sh, Python, and a connection to the first node. */
export const commands: Format = {
  name: 'commands',
  nodes: 'named',
  pieces: ({ job, plan, bundle, directory, run }) => {
    // A machine that simulates all nodes connects to itself: the names of the nodes do not resolve.
    const played = job.reach === 'here';
    const names = plan.nodes.map(({ name }) => (played ? '127.0.0.1' : name)).join(',');
    return plan.nodes.map(({ rank, name }) => ({
      file: `node-${rank}-${name}.sh`.replaceAll(/[^\w.-]/g, '_'),
      text: `# ${run}, node ${rank} of ${plan.nodes.length}: ${name}. Run it there; the nodes wait for each other.
${startCommand(bundle, {
  [environment.node_rank]: String(rank),
  [environment.nodes]: quote(names),
  [environment.run_dir]: folderOf(run, directory),
})}
`,
    }));
  },
};

/** The run's folder as a shell word. */
export function folderOf(run: string, directory: string | undefined): string {
  return directory === undefined ? `"$HOME/rampcheck-runs/${run}"` : quote(directory);
}
