import type { Rule } from './finding.ts';

export const localRankRefused: Rule = {
  id: 'local-rank-refused',
  title: 'deepspeed adds --local_rank, which the script does not take',
  severity: 'warning',
  reads: "the script's text, and `--no_local_rank`",
  why: 'deepspeed puts --local_rank=N in front of the script\'s arguments. A script with an argparse of its own that does not declare it ends on every rank: "unrecognized arguments".',
  fix: 'give deepspeed --no_local_rank, or let the script take --local_rank',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/1481',
  check({ command, scriptText }) {
    if (
      command.launcher !== 'deepspeed' ||
      command.launcherArgv.includes('--no_local_rank') ||
      scriptText === undefined
    )
      return [];
    const parses =
      /^(import argparse|from argparse import)/m.test(scriptText) && /\.parse_args\(\s*\)/.test(scriptText);
    // Whoever may add the option is left alone: deepspeed's own helper, a parent parser, another module of the project.
    const others =
      /local[_-]rank|parse_known_args|add_config_arguments|parents\s*=|HfArgumentParser|add_.*_args\(|from \.+\w* import/.test(
        scriptText,
      );
    if (!parses || others) return [];
    return [
      {
        message: 'the script takes no --local_rank, and deepspeed puts it in front of its arguments',
        evidence: [
          {
            text: command.script.target,
            means: 'reads its arguments with argparse, and declares no local_rank',
          },
        ],
      },
    ];
  },
};
