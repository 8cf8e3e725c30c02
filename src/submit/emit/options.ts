import type { OptionDefinition } from '../../command/command.ts';
import { oneOf, repeated, wholeNumber } from '../../command/values.ts';
import { formats } from './index.ts';

const names = formats.map(({ name }) => name);

/** What `plan` takes to write the plan down for a cluster that rampcheck does not reach. */
export const emitOptions: readonly OptionDefinition[] = [
  {
    flags: '--emit <form>',
    description: `write the run down as ${names.join(', ')}, with agent and callback inside`,
    parse: oneOf('--emit', names),
  },
  { flags: '--output <dir>', description: '--emit: write files into this folder in place of the screen' },
  { flags: '--run-dir <dir>', description: '--emit: folder of the run on the first node' },
  { flags: '--gpu <name>', description: '--emit: what an accelerator is called', default: 'H100' },
  { flags: '--image <image>', description: '--emit: container image of the nodes' },
  {
    flags: '--expect <curve>',
    description: '--emit: what the learning rate should do, once for every optimizer',
    parse: repeated,
  },
  {
    flags: '--on-mismatch <action>',
    description: '--emit: abort or warn when the learning rate is not the expected one',
    default: 'abort',
    parse: oneOf('--on-mismatch', ['abort', 'warn']),
  },
  {
    flags: '--after-release <action>',
    description: '--emit: warn, abort or off when the learning rate leaves its curve after the release',
    default: 'warn',
    parse: oneOf('--after-release', ['warn', 'abort', 'off']),
  },
  {
    flags: '--start-step <s>',
    description: '--emit: optimizer step at which a resumed run starts',
    parse: wholeNumber('--start-step', 0),
  },
  { flags: '--no-check', description: '--emit: also when check finds a schedule violation' },
];
