import type { AgentEvent } from '../contract/agent-messages.ts';
import { takeSwept } from '../run/react.ts';
import { conclude, type Verdict } from '../run/verdict.ts';
import { writeVerdict } from '../run-folder/verdict-document.ts';
import { decide } from './decide.ts';
import { followNode } from './follow-node.ts';
import { type EndingSignal, onSignals } from './signals.ts';
import { leave, show, tell, type Watch } from './watch.ts';

/** What differs between a run that is started here and one that is reattached. */
export interface Manner {
  /** Returns whether a signal to this process detaches from the run; otherwise it ends the run. */
  leavesAt(signal: EndingSignal): boolean;
  /** After every event of a node. */
  onEvent?(event: AgentEvent): void;
}

/** How often the display is updated without events: loading a large model takes minutes (milliseconds). */
const CLOCK = 1000;

/**
 * Supervises a run with connected nodes: it is held, released or stopped. Returns its verdict when every process on every node
 * is verified to be gone, or when the released run is detached.
 */
export async function supervise(watch: Watch, { leavesAt, onEvent = () => {} }: Manner): Promise<Verdict> {
  const { run, reporter, over } = watch;
  onSignals((signal, again) => {
    if (leavesAt(signal)) return leave(watch);
    if (again) {
      reporter.notice('killing all processes of the run');
      return tell(watch, { type: 'kill' });
    }
    reporter.notice(`${signal}: stopping all processes on all nodes; repeat it to kill them`);
    decide(watch, { kind: 'interrupted', signal });
    show(watch);
  }, over.signal);
  const clock = setInterval(() => reporter.update(run), CLOCK);
  try {
    await Promise.all(
      watch.nodes.map(async (node) => {
        const lost = await followNode(watch, node, onEvent);
        // A look reports unreachable nodes and decides nothing.
        if (lost === undefined || watch.looking) return;
        decide(watch, { kind: 'node-lost', node: node.rank, reason: lost });
        const swept = await watch.executor.sweep(watch.directory.id, node.rank);
        takeSwept(run, node.rank, swept, Date.now());
      }),
    );
  } finally {
    watch.ledger.flush();
    clearInterval(clock);
    over.abort();
  }
  return finish(watch);
}

/** Writes the verdict: the final one, or the current one of a detached run. */
function finish({ run, job, findings, directory, reporter, leaving, looking }: Watch): Verdict {
  const left = leaving.signal.aborted || (looking && !run.nodes.every(({ gone }) => gone));
  const verdict = conclude(run, job, findings, left);
  if (!left) run.state = verdict.state;
  writeVerdict(directory, verdict);
  reporter.update(run);
  return verdict;
}
