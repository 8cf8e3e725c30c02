import { ExitCode, RampcheckError } from '../../errors.ts';

/** kubectl, with the user's own configuration, logins and proxies. */
export interface Kubectl {
  /**
   * Runs kubectl to its end.
   *
   * @throws RampcheckError `kubectl-missing`
   */
  run(args: readonly string[], input?: string): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /**
   * Yields the lines of a long-running command until it ends or is stopped.
   *
   * @throws RampcheckError `kubectl-failed` if it fails
   */
  lines(args: readonly string[], stop: AbortSignal): AsyncGenerator<string>;
}

export interface KubectlOptions {
  context: string | undefined;
  namespace: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

export function makeKubectl({ context, namespace, env }: KubectlOptions): Kubectl {
  const common = [
    ...(context === undefined ? [] : ['--context', context]),
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
  ];
  const options = { env: { ...env }, extendEnv: false, reject: false } as const;
  return {
    async run(args, input) {
      const { execa } = await import('execa');
      const { exitCode, stdout, stderr, code } = await execa('kubectl', [...common, ...args], {
        ...options,
        ...(input === undefined ? { stdin: 'ignore' } : { input }),
      });
      if (code === 'ENOENT') throw missing();
      return { exitCode: exitCode ?? 1, stdout, stderr };
    },
    async *lines(args, stop) {
      const { execa } = await import('execa');
      const done = new AbortController();
      const child = execa('kubectl', [...common, ...args], {
        ...options,
        stdin: 'ignore',
        buffer: { stdout: false },
        cancelSignal: AbortSignal.any([stop, done.signal]),
      });
      const lines = child.iterable({ from: 'stdout' });
      try {
        for (let next = await lines.next(); !next.done; next = await lines.next()) yield next.value;
      } finally {
        // The reader stops: the iterator's own return would wait for an end that does not come.
        done.abort();
      }
      const { exitCode, stderr, code } = await child;
      if (stop.aborted || exitCode === 0) return;
      throw code === 'ENOENT' ? missing() : failed(args, stderr);
    },
  };
}

/** The error message of kubectl. */
export function ownWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^error: /i, '').trim());
  return [...new Set(lines.filter(Boolean))].join('; ') || 'kubectl gives no reason';
}

function failed([verb]: readonly string[], stderr: string): RampcheckError {
  return new RampcheckError('kubectl-failed', `kubectl ${verb}: ${ownWords(stderr)}`, {
    exitCode: ExitCode.nodeNotStarted,
  });
}

function missing(): RampcheckError {
  return new RampcheckError('kubectl-missing', 'kubectl is not installed on this machine', {
    hint: 'install it, or print the manifest with --dry-run and apply it on a machine with kubectl',
    exitCode: ExitCode.preflightFailed,
  });
}
