import { RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { makeRedactor } from '../redact/redact.ts';

/**
 * Refuses a job with a secret in its environment or arguments, if what is written can be read by others.
 *
 * @param instead what to do with a variable of that name
 * @throws RampcheckError `secret-inline`
 */
export function assertNoSecrets({ command, env }: Job, instead: (variable: string) => string): void {
  const redact = makeRedactor(env, command.argv);
  const variable = Object.entries(env).find(([, value]) => redact(value) !== value)?.[0];
  const at = command.argv.findIndex((word) => redact(word) !== word);
  if (variable === undefined && at < 0) return;
  const word = command.argv[at] ?? '';
  const option = word.startsWith('-') ? word.split('=')[0] : command.argv[at - 1];
  throw new RampcheckError(
    'secret-inline',
    `${variable ?? option} contains a secret, which everyone who can read the job would see`,
    {
      hint:
        instead(variable ?? 'VARIABLE') +
        (variable ? '' : '; most libraries read their token from the environment'),
    },
  );
}
