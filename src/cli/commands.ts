import { check } from './check.ts';
import type { CommandDefinition } from './command.ts';
import { complete } from './complete.ts';
import { curve } from './curve.ts';
import { explain } from './explain.ts';
import { fix } from './fix.ts';
import { init } from './init.ts';
import { launch } from './launch.ts';
import { plan } from './plan.ts';
import { schema } from './schema.ts';

/** Every command, in the order that help shows them. Adding one is a file and a line here. */
export const commands: readonly CommandDefinition[] = [
  check,
  explain,
  fix,
  plan,
  launch,
  curve,
  init,
  schema,
  complete,
];
