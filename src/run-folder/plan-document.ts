import { writtenPlan } from '../documents/plan.ts';
import { fromDocument, toDocument } from '../documents/to-document.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunDirectory } from './directory.ts';
import { readDocument } from './document.ts';

const PLAN = 'plan.json';

/** Writes plan.json: what `rampcheck plan --json` prints, without its findings. */
export function writePlan(directory: RunDirectory, plan: Plan): void {
  directory.write(PLAN, toDocument(writtenPlan, plan));
}

/**
 * Reads plan.json.
 *
 * @throws RampcheckError `run-damaged`
 */
export function readPlan(folder: string): Plan {
  // The schema has checked every field; only the spelling of the names changes.
  return fromDocument(writtenPlan, readDocument(folder, PLAN, writtenPlan)) as unknown as Plan;
}
