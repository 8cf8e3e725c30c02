import { RampcheckError } from '../errors.ts';
import { type FileValue, type Option, option, type ValueKind } from './option.ts';

/** A string. */
export function text(placeholder: string): ValueKind<string> {
  return { placeholder, read: (word) => word, file: { schema: (z) => z.string().min(1) } };
}

/** A file or a folder; the shell completes it. */
export function path(placeholder: 'file' | 'dir' | 'run-file' | 'program'): ValueKind<string> {
  return { ...text(placeholder), path: true };
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number, placeholder = 'n'): ValueKind<number> {
  return {
    placeholder,
    read: (word, flag) => {
      const value = Number(word);
      if (/^\d+$/.test(word) && Number.isSafeInteger(value) && value >= least) return value;
      throw badOption(`${flag} needs a whole number of at least ${least}, not '${word}'`);
    },
    file: { schema: (z) => z.int().min(least) },
  };
}

/** One of a fixed set of words. */
export function choice<const Word extends string>(
  choices: readonly Word[],
  placeholder: string,
): ValueKind<Word> {
  return {
    placeholder,
    choices,
    read: (word, flag) => {
      const chosen = choices.find((known) => known === word);
      if (chosen !== undefined) return chosen;
      throw badOption(`${flag} needs one of ${choices.join(', ')}, not '${word}'`);
    },
    file: { schema: (z) => z.enum(choices) },
  };
}

/** An option that may be given several times; a run file has one value or a list. */
export function list<Value>(kind: ValueKind<Value>): ValueKind<Value[]> {
  const { file, ...rest } = kind;
  return {
    ...rest,
    read: (word, flag, before) => [...(before ?? []), kind.read(word, flag, undefined)],
    ...(file && { file: listInFile(file) }),
  };
}

function listInFile<Value>({ schema, read, write }: FileValue<Value>): FileValue<Value[]> {
  return {
    schema: (z) => z.union([schema(z), z.array(schema(z)).min(1)]),
    read: (value) => [value].flat().map((each) => (read ? read(each) : (each as Value))),
    write: (values) => (write ? values.map(write) : values),
  };
}

const onOff: Pick<ValueKind<boolean>, 'read' | 'file'> = {
  read: () => true,
  file: { schema: (z) => z.boolean() },
};

/** `--json`: true if given. */
export function flag(
  description: string,
  more: Pick<Option, 'short' | 'commandLineOnly'> = {},
): Option<boolean | undefined> {
  return option(onOff, description, more);
}

/** `--no-check`: the option is named `check` and is true unless the flag is given. */
export function unless(
  description: string,
  more: Pick<Option, 'short' | 'commandLineOnly'> = {},
): Option<boolean> {
  return option<boolean>({ ...onOff, negated: true }, description, { ...more, default: true });
}

export function badOption(message: string, hint?: string): RampcheckError {
  return new RampcheckError('bad-option', message, hint === undefined ? {} : { hint });
}
