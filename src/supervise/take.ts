import type { AgentEvent } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import { judgeDeclared, rulesOf } from '../run/judge.ts';
import { react } from '../run/react.ts';
import { ratesOf } from '../run-folder/rates.ts';
import { decide, noteVerdict, perform } from './decide.ts';
import { show, type Watch, type WatchedNode } from './watch.ts';

/** Events after which a released run may no longer follow its schedule. */
const DEPARTS: ReadonlySet<string> = new Set(['declared', 'violation', 'contradiction']);

/** Handles an event of a node: stores it, carries out the resulting actions, and shows the change. */
export function take(watch: Watch, node: WatchedNode, event: AgentEvent): void {
  switch (event.type) {
    case 'log':
      takeOutput(watch, node, event);
      break;
    case 'caught_up':
      node.caughtUp = true;
      break;
    case 'secrets':
      // Never stored.
      watch.learn(event);
      break;
    default:
      takeNews(watch, node, event);
  }
}

function takeNews(watch: Watch, node: WatchedNode, event: AgentEvent): void {
  const { run, judge, ledger, directory, log } = watch;
  if (!ledger.event(node.name, event, Date.now())) return;
  for (const line of ratesOf(event)) directory.append(files.rates, line);
  if (event.type === 'started') node.folder = event.directory;
  const before = run.state;
  perform(watch, react(run, node.rank, event, rulesOf(judge), Date.now()));
  if (event.type === 'rank' && event.event.type === 'declared') {
    const cause = judgeDeclared(run, node.rank, event.event, judge);
    if (cause) decide(watch, cause);
  }
  if (event.type === 'rank' && DEPARTS.has(event.event.type)) noteVerdict(watch);
  log(run.state === before ? 'event' : run.state, {
    node: node.name,
    event: event.type === 'rank' ? event.event.type : event.type,
  });
  if (event.type === 'gone') {
    ledger.flush();
    // The run's own agent removes its folder once all of its events have been read.
    if (node.attached) node.connection?.send({ type: 'forget' });
  }
  show(watch);
}

function takeOutput(watch: Watch, node: WatchedNode, event: Extract<AgentEvent, { type: 'log' }>): void {
  const { run, judge, ledger, reporter, redact } = watch;
  const lines = event.lines.map(redact);
  react(run, node.rank, { ...event, lines }, rulesOf(judge), Date.now());
  ledger.log(node.name, event.rank, lines, event.end);
  for (const line of lines) reporter.line(node.name, event.rank, line);
}
