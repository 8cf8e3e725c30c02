import type { Rule } from './finding.ts';

export const localRankRefused: Rule = {
  id: 'local-rank-refused',
  title: 'deepspeed adds --local_rank, which the script does not accept',
  severity: 'warning',
  reads: "the script's text, and `--no_local_rank`",
  why: 'deepspeed puts --local_rank=N in front of the script\'s arguments. A script that uses argparse and does not declare the option ends on every rank: "unrecognized arguments".',
  fix: 'give deepspeed --no_local_rank, or declare --local_rank in the script',
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
    // These may add the option somewhere else: deepspeed's own helper, a parent parser, another module of the project.
    const others =
      /local[_-]rank|parse_known_args|add_config_arguments|parents\s*=|HfArgumentParser|add_.*_args\(|from \.+\w* import/.test(
        scriptText,
      );
    if (!parses || others) return [];
    return [
      {
        message: "deepspeed adds --local_rank to the script's arguments, and the script does not accept it",
        evidence: [
          {
            text: command.script.target,
            means: 'reads its arguments with argparse and does not declare local_rank',
          },
        ],
      },
    ];
  },
};
