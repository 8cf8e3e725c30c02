import type { AgentEvent } from '../contract/agent-messages.ts';
import type { Run } from '../run/run.ts';
import { decide } from './decide.ts';
import { later } from './later.ts';
import { show, type Watch } from './watch.ts';

/**
 * Ends a run with ranks that do not report. A rank's Python sends `hello` before it imports anything; every launcher that starts, and every
 * `hello` of another rank, starts a new deadline. Returns a function to call after every event.
 */
export function reportDeadline(watch: Watch, seconds: number): (event: AgentEvent) => void {
  const { run, over } = watch;
  let known = 0;
  let callOff = () => {};
  const renew = () => {
    callOff();
    if (run.worldSize !== null && run.ranks.size >= run.worldSize) return;
    callOff = later(
      seconds * 1000,
      () => {
        decide(watch, { kind: 'silent', reason: missing(run, seconds) });
        show(watch);
      },
      over.signal,
    );
  };
  renew();
  return ({ type }) => {
    if (type !== 'started' && run.ranks.size === known) return;
    known = run.ranks.size;
    renew();
  };
}

/** Names the ranks that have not reported, as far as their number is known. */
function missing({ ranks, worldSize, nodes }: Run, seconds: number): string {
  const silent = Array.from({ length: worldSize ?? 0 }, (_, rank) => rank).filter((rank) => !ranks.has(rank));
  const heard = new Set([...ranks.values()].map(({ node }) => node));
  const names = nodes.filter((_, node) => !heard.has(node)).map(({ name }) => name);
  const who =
    worldSize === null
      ? 'no rank'
      : `rank ${silent.slice(0, 8).join(', ')}${silent.length > 8 ? ', …' : ''} of ${worldSize} never`;
  const where =
    worldSize !== null && names.length > 0 ? ` (nothing from ${names.slice(0, 8).join(', ')})` : '';
  return (
    `${who} reported${where}, and nothing new for ${seconds} s: Python that is started with -I or -E, or in a container ` +
    'without the environment, cannot be watched'
  );
}
