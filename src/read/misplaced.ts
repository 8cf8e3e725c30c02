import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LauncherFlag } from '../../launchers/launcher.ts';
import { RampcheckError } from '../errors.ts';
import type { LaunchCommand } from '../job/job.ts';
import { quoteAll } from '../job/quote.ts';
import { makeRedactor } from '../redact/redact.ts';

/**
 * Refuses launcher flags after the script: the launcher never sees them, and the run starts with fewer ranks, or
 * without its nodes. A flag that the script declares belongs to the script.
 *
 * @throws RampcheckError `launcher-flag-misplaced`, with the corrected command.
 */
export function assertNoMisplaced(
  { launcher, launcherArgv, script }: LaunchCommand,
  flags: readonly LauncherFlag[],
  cwd: string,
): void {
  const misplaced: string[] = [];
  const rest: string[] = [];
  const names: string[] = [];
  const { args } = script;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--') {
      rest.push(...args.slice(at));
      break;
    }
    const name = word.split('=')[0] ?? '';
    const flag = flags.find((known) => name.startsWith('--') && known.names.includes(name));
    if (!flag || declares(cwd, script.target, name)) {
      rest.push(word);
      continue;
    }
    names.push(name);
    misplaced.push(word);
    const value = args[at + 1];
    if (flag.takesValue && word === name && value !== undefined) {
      misplaced.push(value);
      at++;
    }
  }
  if (names.length === 0) return;
  const corrected = quoteAll([...launcherArgv, ...misplaced, script.target, ...rest]);
  throw new RampcheckError(
    'launcher-flag-misplaced',
    `${names.join(' and ')} ${names.length > 1 ? 'come' : 'comes'} after the script, where ${launcher} does not see ${names.length > 1 ? 'them' : 'it'}`,
    { hint: `put launcher options before the script:\n  ${makeRedactor({}, args)(corrected)}` },
  );
}

/** Returns whether the script declares the option, as an argparse argument or a dataclass field. */
function declares(cwd: string, script: string, name: string): boolean {
  let source: string;
  try {
    source = readFileSync(resolve(cwd, script), 'utf8');
  } catch {
    return false;
  }
  const field = name.slice(2).replaceAll('-', '_');
  return new RegExp(`['"]${name}['"]|^\\s+${field}\\s*:`, 'm').test(source);
}
