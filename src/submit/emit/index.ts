import { commands } from './commands.ts';
import { dstack } from './dstack.ts';
import type { Format } from './format.ts';
import { skypilot } from './skypilot.ts';

/** Every form. To add one, write its file and add a line here. */
export const formats: readonly Format[] = [commands, skypilot, dstack];
