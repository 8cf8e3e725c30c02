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

/** Every launcher that rampcheck can read. To add one, write its file and add a line here. */
export const launchers: readonly Launcher[] = [
  deepspeed,
  torchrun,
  accelerate,
  llamafactory,
  swift,
  axolotl,
  // Last, because `python -m` can also start most of the others.
  python,
];

/** Every training program with its own configuration format. To add one, write its file and add a line here. */
export const frontEnds: readonly FrontEnd[] = [llamafactoryFrontEnd, swiftFrontEnd, axolotlFrontEnd];

/**
 * Finds the launcher of a command.
 *
 * @throws RampcheckError `launcher-unknown`.
 */
export function findLauncher(argv: readonly string[]): Launcher {
  const launcher = launchers.find(({ matches }) => matches(argv));
  if (launcher) return launcher;
  const names = launchers.map(({ name }) => name);
  const close = nearest(programName(argv[0]), names);
  throw new RampcheckError('launcher-unknown', `'${argv[0] ?? ''}' is not a launcher that rampcheck knows`, {
    hint: close.length
      ? `did you mean ${close.join(' or ')}?`
      : `start the script with one of: ${names.join(', ')}`,
  });
}

/** Returns the launcher with the name in a LaunchCommand. */
export function launcherNamed(name: string): Launcher {
  const launcher = launchers.find((known) => known.name === name);
  if (!launcher) throw new Error(`no launcher is called ${name}`);
  return launcher;
}
