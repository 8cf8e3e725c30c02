import tab, { script } from '@bomb.sh/tab';
import {
  type CommandDefinition,
  type CommandInput,
  type CommandResult,
  commonOptions,
} from '../command/command.ts';
import { flagOf, type Option } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';

/** Leaves the rest to the shell's own completion: files, and the launcher's options. */
const SHELLS_OWN = ':0';

/** `rampcheck complete bash` prints the script; the script asks `rampcheck complete -- <words>` at every tab. */
export async function completeRun(
  { args, command }: CommandInput,
  commands: readonly CommandDefinition[],
): Promise<CommandResult> {
  const [shell] = args;
  const rules = command[0] === 'explain' ? (await import('../checks/index.ts')).rules : [];
  const text = printed(() => {
    if (shell === undefined) answer(command, commands, rules);
    else if (/^(bash|zsh|fish)$/.test(shell)) script(shell, 'rampcheck', 'rampcheck');
    else {
      throw new RampcheckError('bad-option', `there is no completion for '${shell}'`, {
        hint: 'one of bash, zsh, fish',
      });
    }
  });
  return { exitCode: ExitCode.done, document: { text }, text };
}

function answer(
  words: readonly string[],
  commands: readonly CommandDefinition[],
  rules: readonly { id: string; title: string }[],
): void {
  const before = words.slice(0, -1);
  const named = commands.find(({ name }) => name === words[0]);
  const options = Object.entries<Option>({ ...named?.options, ...commonOptions });
  const last = options.find(([name, option]) => flagOf(name, option) === before.at(-1))?.[1];
  if (before.includes('--') || last?.kind.path) {
    console.log(SHELLS_OWN);
    return;
  }
  for (const { name, summary } of commands) {
    const known = tab.command(name, summary);
    if (name === named?.name) for (const [key, option] of options) addOption(known, key, option);
    if (name === 'explain') {
      known.argument('rule', (add) => {
        for (const { id, title } of rules) add(id, title);
      });
    }
  }
  tab.parse([...words]);
}

function addOption(command: ReturnType<typeof tab.command>, name: string, option: Option): void {
  const { kind, description, short } = option;
  const long = flagOf(name, option).slice(2);
  const addChoices = (add: (value: string, about: string) => void) => {
    for (const word of kind.choices ?? []) add(word, '');
  };
  if (kind.placeholder === undefined) command.option(long, description, short);
  else command.option(long, description, addChoices, short);
}

/** The library prints directly; its output is this command's result. */
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
