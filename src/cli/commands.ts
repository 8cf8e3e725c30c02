import { check } from './check.ts';
import type { CommandDefinition } from './command.ts';
import { curve } from './curve.ts';
import { launch } from './launch.ts';
import { plan } from './plan.ts';
import { submit } from './submit.ts';

/** Every command, in the order that help shows them. Adding one is a file and a line here. */
export const commands: readonly CommandDefinition[] = [check, plan, launch, submit, curve];
