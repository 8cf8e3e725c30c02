import type { NodeHandle } from '../executors/executor.ts';
import type { Watch, WatchedNode } from './watch.ts';

/** Connects to the agent of a released run, from its last event on; not to a node that has already finished. */
export function attachNode(watch: Watch, node: WatchedNode): NodeHandle | undefined {
  const { run, executor, directory, ledger, stop, looking } = watch;
  if (run.nodes[node.rank]?.gone === true || node.folder === undefined) return undefined;
  node.attached = true;
  node.connection = executor.start({
    type: 'attach',
    run: directory.id,
    node: node.rank,
    name: node.name,
    directory: node.folder,
    after: ledger.heard(node.name),
    follow: !looking,
  });
  if (stop.grace !== undefined) node.connection.send({ type: 'stop', grace: stop.grace });
  return node.connection;
}
