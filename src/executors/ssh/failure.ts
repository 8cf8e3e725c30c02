import { ExitCode, type Location, RampcheckError } from '../../errors.ts';

/** The host of an error, as far as it is known. */
export interface Place {
  /** The name as the user wrote it. */
  alias: string;
  hostname?: string;
  port?: number;
}

interface Failure {
  code: string;
  /** Matches the message of ssh or of the library. */
  said: RegExp;
  hint: (place: Required<Place>) => string;
}

/** The failures of both transports when a host cannot be reached, the most specific first. */
const failures: readonly Failure[] = [
  {
    code: 'ssh-host-key-changed',
    said: /IDENTIFICATION HAS CHANGED|host key has changed/i,
    hint: (place) =>
      `was the machine reinstalled? Then get its new key and remove the old one: ssh-keygen -R '${nameInKnownHosts(place)}'. If not, another machine answers under its name`,
  },
  {
    code: 'ssh-host-key-revoked',
    said: /revoked/i,
    hint: () => 'known_hosts marks this key as @revoked: find out why before you connect',
  },
  {
    code: 'ssh-host-key-unknown',
    said: /Host key verification failed|host key is known for/i,
    hint: ({ hostname, port }) =>
      `compare the key with the one that the machine's administrator gives you, then add it: ssh-keyscan -H${port === 22 ? '' : ` -p ${port}`} ${hostname} >> ~/.ssh/known_hosts`,
  },
  {
    code: 'ssh-auth',
    said: /Permission denied|authentication methods failed|Too many authentication failures/i,
    hint: ({ alias }) =>
      `make 'ssh ${alias} true' work without a prompt: load the key (ssh-add), or set user and key in ssh_config`,
  },
  {
    code: 'ssh-name',
    said: /Could not resolve|ENOTFOUND|EAI_AGAIN|Name or service not known/i,
    hint: () => 'correct the name in the hostfile, or set its address in ssh_config (HostName)',
  },
  {
    code: 'ssh-refused',
    said: /Connection refused|ECONNREFUSED/i,
    hint: ({ port }) =>
      `nothing listens on port ${port}: check that sshd runs and that the port is right (host:port in the hostfile)`,
  },
  {
    code: 'ssh-timeout',
    said: /timed out|ETIMEDOUT|no answer within/i,
    hint: () => 'check that the machine is up and that no firewall blocks ssh, or exclude it with --exclude',
  },
  {
    code: 'ssh-unreachable',
    said: /No route to host|Network is unreachable|EHOSTUNREACH|ENETUNREACH/i,
    hint: () => 'check that the machine is on and connected, or exclude it with --exclude',
  },
  {
    code: 'ssh-config',
    said: /Bad configuration|configuration option|command not found|Can't open user config/i,
    hint: () => 'correct ssh_config, or install the OpenSSH client',
  },
];

/** The error for a host that cannot be reached, with ssh's own message (exit 91). */
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

/** ssh prints the reason on its last line, after banners and warnings. */
function reason(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^@+$/.test(line) && !/^(debug\d|Warning: Permanently added)/.test(line),
    );
  return (lines.at(-1) ?? 'ssh gives no reason').replace(/^ssh: /, '').replace(/[.\s]+$/, '');
}
