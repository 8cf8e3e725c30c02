import { choice, path } from '../../command/kinds.ts';
import { option, type Values } from '../../command/option.ts';

/** What `--on ssh` takes besides the options of every executor. */
export const sshOptions = {
  ssh: option(
    choice(['auto', 'system', 'builtin'], 'which'),
    "auto, system (this machine's ssh) or builtin (rampcheck's own)",
    { default: 'auto' },
  ),
  sshConfig: option(path('file'), "another configuration than ssh's own, as ssh -F takes it"),
};

export type SshValues = Values<typeof sshOptions>;
