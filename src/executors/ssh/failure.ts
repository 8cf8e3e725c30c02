import { ExitCode, type Location, RampcheckError } from '../../errors.ts';

/** The host that an error is about, as far as it is known by then. */
export interface Place {
  /** As the user wrote it. */
  alias: string;
  hostname?: string;
  port?: number;
}

interface Failure {
  code: string;
  /** In ssh's words, or in those of the library. */
  said: RegExp;
  hint: (place: Required<Place>) => string;
}

/** What both transports say when a host cannot be reached, the most telling first. */
const failures: readonly Failure[] = [
  {
    code: 'ssh-host-key-changed',
    said: /IDENTIFICATION HAS CHANGED|host key has changed/i,
    hint: (place) =>
      `was the machine set up anew? Then ask for its new key and remove the old one: ssh-keygen -R '${nameInKnownHosts(place)}'. If not, somebody else answers in its place`,
  },
  {
    code: 'ssh-host-key-revoked',
    said: /revoked/i,
    hint: () => 'known_hosts marks this key as @revoked: do not connect before that is explained',
  },
  {
    code: 'ssh-host-key-unknown',
    said: /Host key verification failed|host key is known for/i,
    hint: ({ hostname, port }) =>
      `compare the key with what the machine's administrator says, and add it: ssh-keyscan -H${port === 22 ? '' : ` -p ${port}`} ${hostname} >> ~/.ssh/known_hosts`,
  },
  {
    code: 'ssh-auth',
    said: /Permission denied|authentication methods failed|Too many authentication failures/i,
    hint: ({ alias }) =>
      `'ssh ${alias} true' must work without a question: load the key (ssh-add), or name user and key in ssh_config`,
  },
  {
    code: 'ssh-name',
    said: /Could not resolve|ENOTFOUND|EAI_AGAIN|Name or service not known/i,
    hint: () => 'correct the name in the hostfile, or give its address in ssh_config (HostName)',
  },
  {
    code: 'ssh-refused',
    said: /Connection refused|ECONNREFUSED/i,
    hint: ({ port }) =>
      `nothing listens on port ${port}: is sshd up, and is the port right (host:port in the hostfile)?`,
  },
  {
    code: 'ssh-timeout',
    said: /timed out|ETIMEDOUT|no answer within/i,
    hint: () => 'is the machine up, and does a firewall on the way let ssh pass? --exclude leaves it out',
  },
  {
    code: 'ssh-unreachable',
    said: /No route to host|Network is unreachable|EHOSTUNREACH|ENETUNREACH/i,
    hint: () => 'the machine is off or its cable is out; --exclude leaves it out',
  },
  {
    code: 'ssh-config',
    said: /Bad configuration|configuration option|command not found|Can't open user config/i,
    hint: () => 'ssh itself refuses: correct ssh_config, or install the OpenSSH client',
  },
];

/** A host that cannot be reached, with the reason in ssh's own words (exit 91). */
export function sshError(
  place: Place,
  said: string,
  more: { location?: Location; cause?: unknown } = {},
): RampcheckError {
  const { code, hint } = failures.find((failure) => failure.said.test(said)) ?? {
    code: 'ssh-failed',
    hint: () => `'ssh ${place.alias} true' shows more`,
  };
  return new RampcheckError(code, `${place.alias} cannot be reached: ${reason(said)}`, {
    hint: hint({ hostname: place.alias, port: 22, ...place }),
    exitCode: ExitCode.nodeNotStarted,
    ...more,
  });
}

function nameInKnownHosts({ hostname, port }: Required<Place>): string {
  return port === 22 ? hostname : `[${hostname}]:${port}`;
}

/** ssh's last line is the reason; above it stand banners and warnings. */
function reason(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^@+$/.test(line) && !/^(debug\d|Warning: Permanently added)/.test(line),
    );
  return (lines.at(-1) ?? 'it gives no reason').replace(/^ssh: /, '').replace(/[.\s]+$/, '');
}
