import { RampcheckError } from '../src/errors.ts';
import { nearest } from '../src/nearest.ts';
import { accelerate } from './accelerate.ts';
import { axolotl, axolotlFrontEnd } from './axolotl.ts';
import { deepspeed } from './deepspeed.ts';
import type { FrontEnd } from './front-end.ts';
import type { Launcher } from './launcher.ts';
import { llamafactory, llamafactoryFrontEnd } from './llamafactory.ts';
import { programName } from './program.ts';
import { python } from './python.ts';
import { swift, swiftFrontEnd } from './swift.ts';
import { torchrun } from './torchrun.ts';

/** Every launcher whose commands are understood. Adding one is a file and a line here. */
export const launchers: readonly Launcher[] = [
  deepspeed,
  torchrun,
  accelerate,
  llamafactory,
  swift,
  axolotl,
  // Last: `python -m` starts most of the others too.
  python,
];

/** Every training program with a configuration language of its own. Adding one is a file and a line here. */
export const frontEnds: readonly FrontEnd[] = [llamafactoryFrontEnd, swiftFrontEnd, axolotlFrontEnd];

/**
 * The launcher that a command starts with.
 *
 * @throws RampcheckError `launcher-unknown`.
 */
export function findLauncher(argv: readonly string[]): Launcher {
  const launcher = launchers.find(({ matches }) => matches(argv));
  if (launcher) return launcher;
  const names = launchers.map(({ name }) => name);
  const close = nearest(programName(argv[0]), names);
  throw new RampcheckError(
    'launcher-unknown',
    `'${argv[0] ?? ''}' is not a launcher that rampcheck can read`,
    {
      hint: close.length
        ? `did you mean ${close.join(' or ')}?`
        : `start the script with one of: ${names.join(', ')}`,
    },
  );
}

/** The launcher with this name, as LaunchCommand carries it. */
export function launcherNamed(name: string): Launcher {
  const launcher = launchers.find((known) => known.name === name);
  if (!launcher) throw new Error(`no launcher is called ${name}`);
  return launcher;
}
