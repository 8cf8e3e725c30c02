import { plural } from '../plural.ts';
import type { Rule } from './finding.ts';

export const pdshManglesArguments: Rule = {
  id: 'pdsh-mangles-arguments',
  title: "deepspeed's pdsh would change these arguments",
  severity: 'warning',
  reads: "the script's arguments, the launcher and the nodes",
  why:
    'deepspeed joins the command with blanks, and the shell of every node parses it again: quotes and empty words are lost, $NAME is expanded on the node, and a semicolon ' +
    'ends the command. JSON such as lr_scheduler_kwargs arrives without its quotes. rampcheck launch passes every word unchanged.',
  fix: 'start it with rampcheck launch, or put such arguments into a file',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/4716',
  check({ command, reach, nodes }) {
    if (command.launcher !== 'deepspeed' || reach !== 'remote' || nodes.length < 2) return [];
    if (command.launcherArgv.some((word) => word === '--no_ssh' || /^--launcher(=|$)/.test(word))) return [];
    const mangled = command.script.args.filter(
      (word) => word === '' || /[\s"'$`\\;&|<>(){}*?!#~]/.test(word),
    );
    if (mangled.length === 0) return [];
    return [
      {
        message: `deepspeed alone would change ${plural(mangled.length, 'argument')} on the way to the nodes`,
        evidence: mangled.slice(0, 3).map((word) => ({
          text: word.length > 60 ? `${word.slice(0, 57)}…` : JSON.stringify(word),
          means: 'is parsed again by a shell',
        })),
      },
    ];
  },
};
