import { type Action, end } from '../run/react.ts';
import type { Cause } from '../run/run.ts';
import { conclude } from '../run/verdict.ts';
import { writeVerdict } from '../run-folder/verdict-document.ts';
import { later } from './later.ts';
import { tell, type Watch } from './watch.ts';

/** Carries out the actions of the state machine. */
export function perform(watch: Watch, actions: readonly Action[]): void {
  const { run, job, findings, directory, stop, over } = watch;
  for (const action of actions) {
    if (action.do === 'release') {
      tell(watch, { type: 'release' });
      writeVerdict(directory, conclude(run, job, findings, true));
    } else if (action.after > 0) later(action.after, () => stop.begin(action.grace), over.signal);
    else stop.begin(action.grace);
  }
}

/** Writes the current verdict of a released run, for readers while it continues. */
export function noteVerdict({ run, job, findings, directory }: Watch): void {
  if (run.state === 'released') writeVerdict(directory, conclude(run, job, findings, true));
}

/** Ends the run for a reason that is not an event of a node. The reason is stored, because a replay of the events would not find it. */
export function decide(watch: Watch, cause: Cause): void {
  if (!watch.run.cause) watch.ledger.decision(cause, Date.now());
  perform(watch, end(watch.run, Date.now(), cause));
}
