import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';
import type { Launcher } from '../../launchers/launcher.ts';
import { RampcheckError } from '../errors.ts';
import { readBounded } from '../files/read-bounded.ts';

/** A variable that every rank gets, and its source. */
export interface Variable {
  name: string;
  value: string;
  /** "--env", "--env-file cluster.env:3", "before the command", "deepspeed passes on NCCL…", "~/.deepspeed_env:2". */
  source: string;
}

export interface EnvironmentRules {
  launcher: Pick<Launcher, 'name' | 'passesOn'>;
  cwd: string;
  /** The environment of rampcheck itself. */
  env: Readonly<Record<string, string | undefined>>;
  /** `K=V` before the command. */
  assigned: Readonly<Record<string, string>>;
  /** --env; undefined means the value from `env`. */
  given: Readonly<Record<string, string | undefined>>;
  /** --env-file */
  files: readonly string[];
  /** True for nodes simulated on this machine: they inherit its environment. */
  local: boolean;
}

/**
 * Collects the variables for the nodes: what the launcher itself passes on, its file (`.deepspeed_env`), assignments before the command,
 * --env-file and --env; the last one wins. Nothing else of this machine's environment reaches another node.
 *
 * @throws RampcheckError `env-file-missing`, `env-file-line` or `env-not-set` (exit 2)
 */
export function nodeEnvironment(rules: EnvironmentRules): Variable[] {
  const found = new Map<string, Variable>();
  const take = (variables: readonly Variable[]) => {
    for (const variable of variables) found.set(variable.name, variable);
  };
  if (!rules.local) take([...passedOn(rules), ...passedOnFile(rules)]);
  take(variablesOf(rules.assigned, () => 'before the command'));
  for (const path of rules.files) take(dotenv(rules.cwd, path));
  take(given(rules));
  return [...found.values()];
}

function passedOn({ launcher: { name: launcher, passesOn }, env }: EnvironmentRules): Variable[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const prefix = passesOn?.prefixes.find((start) => name.startsWith(start));
    return prefix === undefined || value === undefined
      ? []
      : [{ name, value, source: `${launcher} passes on ${prefix}…` }];
  });
}

/**
 * Reads the launcher's file of variables in the home directory, then in the current one, like DeepSpeed: a name, `=`, and the rest
 * of the line. Blank lines and comments, on which DeepSpeed fails, are skipped; other invalid lines are refused.
 */
function passedOnFile({ launcher: { passesOn }, env, cwd }: EnvironmentRules): Variable[] {
  if (!passesOn?.file) return [];
  const name = env[passesOn.file.variable] ?? passesOn.file.name;
  const places = [
    { path: join(env.HOME ?? homedir(), name), shown: `~/${name}` },
    { path: resolve(cwd, name), shown: name },
  ];
  return places.flatMap(({ path, shown }) =>
    (readIfThere(path) ?? '').split('\n').flatMap((line, index) => {
      if (/^\s*(#|$)/.test(line)) return [];
      const [, key, value] = /^([^=\s]+)=(.*?)\r?$/.exec(line) ?? [];
      if (key === undefined || value === undefined) throw badLine(shown, index, line);
      return [{ name: key, value, source: `${shown}:${index + 1}` }];
    }),
  );
}

function dotenv(cwd: string, path: string): Variable[] {
  const text = readIfThere(resolve(cwd, path));
  if (text === undefined) {
    throw new RampcheckError('env-file-missing', `the file of --env-file ${path} does not exist`, {
      location: { file: path },
      hint: `a relative path starts at ${cwd}`,
    });
  }
  const lines = text.split('\n');
  const found = parse(text);
  const at = (name: string) =>
    lines.findIndex((line) => line.replace(/^\s*(export\s+)?/, '').match(/^[\w.-]+/)?.[0] === name);
  lines.forEach((line, index) => {
    const [first = ''] = /^\s*(export\s+)?[^=\s#]+/.exec(line) ?? [];
    // A quoted value of several lines may contain anything; outside of one, a single word sets nothing.
    if (
      first &&
      !line.includes('=') &&
      !Object.values(found).some((value) => value.includes(line.trim().replace(/["'`]$/, '')))
    )
      throw badLine(path, index, line);
  });
  return variablesOf(found, (name) => `--env-file ${path}:${at(name) + 1}`);
}

function given({ given: wanted, env }: EnvironmentRules): Variable[] {
  return Object.entries(wanted).map(([name, value]) => {
    const known = value ?? env[name];
    if (known !== undefined) return { name, value: known, source: '--env' };
    throw new RampcheckError('env-not-set', `--env ${name}: the variable is not set on this machine`, {
      hint: `set it, or give --env ${name}=VALUE`,
    });
  });
}

function variablesOf(values: Readonly<Record<string, string>>, source: (name: string) => string): Variable[] {
  return Object.entries(values).map(([name, value]) => ({ name, value, source: source(name) }));
}

function badLine(file: string, index: number, line: string): RampcheckError {
  return new RampcheckError('env-file-line', `'${line.trim().slice(0, 40)}' does not set a variable`, {
    location: { file, line: index + 1 },
    hint: 'write every line as NAME=VALUE, a comment, or a blank line',
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readBounded(path).toString('utf8');
  } catch {
    return undefined;
  }
}
