import tab, { script } from '@bomb.sh/tab';
import { rules } from '../checks/index.ts';
import type { CommandDefinition, CommandInput, CommandResult, OptionDefinition } from '../command/command.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { commonOptions } from './options.ts';

/** The shell's own completion: files, and whatever the launcher brings along. */
const SHELLS_OWN = ':0';

/** `rampcheck complete bash` prints the script; the script asks `rampcheck complete -- <words>` at every tab. */
export async function completeRun(
  { args, command }: CommandInput,
  commands: readonly CommandDefinition[],
): Promise<CommandResult> {
  const [shell] = args;
  const text = printed(() => {
    if (shell === undefined) answer(command, commands);
    else if (/^(bash|zsh|fish)$/.test(shell)) script(shell, 'rampcheck', 'rampcheck');
    else {
      throw new RampcheckError('bad-option', `there is no completion for '${shell}'`, {
        hint: 'one of bash, zsh, fish',
      });
    }
  });
  return { exitCode: ExitCode.done, document: { text }, text };
}

function answer(words: readonly string[], commands: readonly CommandDefinition[]): void {
  const before = words.slice(0, -1);
  const definition = commands.find(({ name }) => name === words[0]);
  const last = [...(definition?.options ?? []), ...commonOptions].find(
    ({ flags }) => longName(flags) === before.at(-1),
  );
  if (before.includes('--') || /<(file|dir)>/.test(last?.flags ?? '')) {
    console.log(SHELLS_OWN);
    return;
  }
  for (const { name, summary, options } of commands) {
    const known = tab.command(name, summary);
    for (const option of [...options, ...commonOptions]) addOption(known, option);
    if (name === 'explain') {
      known.argument('rule', (add) => {
        for (const { id, title } of rules) add(id, title);
      });
    }
  }
  tab.parse([...words]);
}

/** The words that an option takes, where its description lists them: "local or ssh", "trainer (…) or deepspeed (…)". */
const values: Readonly<Record<string, readonly string[]>> = {
  '--on': ['local', 'ssh'],
  '--severity': ['violation', 'error', 'warning', 'note'],
  '--format': ['sarif', 'github'],
  '--remedy': ['trainer', 'deepspeed'],
  '--on-mismatch': ['abort', 'warn'],
  '--hold-steps': ['auto'],
};

function addOption(command: ReturnType<typeof tab.command>, { flags, description }: OptionDefinition): void {
  const name = longName(flags);
  const short = /^-(\w),/.exec(flags)?.[1];
  const takesValue = /[<[]/.test(flags);
  const handler = (add: (value: string, about: string) => void) => {
    for (const value of values[name] ?? []) add(value, '');
  };
  if (takesValue) command.option(name.slice(2), description, handler, short);
  else command.option(name.slice(2), description, short);
}

function longName(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

/** The library prints by itself; what it prints is this command's answer. */
function printed(print: () => void): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...words: unknown[]) => void lines.push(words.join(' '));
  try {
    print();
  } finally {
    console.log = log;
  }
  return lines.length ? `${lines.join('\n')}\n` : '';
}
