import { badOption } from '../command/kinds.ts';
import type { ValueKind } from '../command/option.ts';
import { type Activation, activationText, parseActivation } from '../job/activation.ts';
import type { Versions } from '../schedule/schedule.ts';
import { newestKnown, parseVersions } from '../schedule/versions.ts';

/** `auto`, or a number. */
export const holdStepCount: ValueKind<number | 'auto'> = {
  placeholder: 'auto|n',
  choices: ['auto'],
  read: (text, flag) => {
    if (text === 'auto') return text;
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw badOption(`${flag} needs 'auto' or a positive whole number, not '${text}'`);
  },
  file: { schema: (z) => z.union([z.literal('auto'), z.int().min(1)]) },
};

/** `NAME=VALUE`, or `NAME` for its value on this machine; a run file has a mapping, and both are combined. */
export const variables: ValueKind<Readonly<Record<string, string | undefined>>> = {
  placeholder: 'K[=V]',
  read: (text, flag, before) => {
    const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (name === undefined) throw badOption(`${flag} needs NAME or NAME=VALUE, not '${text.slice(0, 40)}'`);
    return { ...before, [name]: value };
  },
  file: {
    schema: (z) =>
      z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.union([z.string(), z.number(), z.boolean()])),
    read: (mapping) =>
      Object.fromEntries(Object.entries(mapping as object).map(([name, value]) => [name, String(value)])),
    write: (values) => {
      const silent = Object.keys(values).find((name) => values[name] === undefined);
      if (silent === undefined) return values;
      throw badOption(
        `--env ${silent} has no value, and a run file needs one`,
        `give --env ${silent}=VALUE, or leave it out here and give --env ${silent} to launch`,
      );
    },
    merge: (file, given) => ({ ...file, ...given }),
  },
};

/** Versions of the libraries whose behaviour depends on the version. */
export const libraryVersions: ValueKind<Versions> = {
  placeholder: 'list',
  read: (text) => parseVersions(text),
  file: {
    schema: (z) => {
      const libraries = Object.keys(newestKnown).map((name) => [name, z.string().min(1)]);
      return z.strictObject(Object.fromEntries(libraries)).partial();
    },
  },
};

/** A virtual environment, a script, conda:NAME or module:NAME. */
export const activation: ValueKind<Activation> = {
  placeholder: 'what',
  path: true,
  read: (text) => parseActivation(text),
  file: {
    schema: (z) => z.string().min(1),
    read: (text) => parseActivation(String(text)),
    write: activationText,
  },
};

/** `all`, or ranks and ranges of ranks: `0,8-15`. */
export const rankList: ValueKind<number[] | 'all'> = {
  placeholder: 'all|0,8',
  choices: ['all'],
  read: (text, flag) => {
    if (text === 'all') return text;
    const ranks = text.split(',').flatMap((part) => {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
      const length = Number(last) - Number(first) + 1;
      if (first === undefined || length < 1 || length > 65_536) {
        throw badOption(`${flag} needs 'all' or ranks such as 0,8-15, not '${text}'`);
      }
      return Array.from({ length }, (_, index) => Number(first) + index);
    });
    return [...new Set(ranks)];
  },
};
