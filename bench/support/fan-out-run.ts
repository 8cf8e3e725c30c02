/** One command on many hosts, as `launch` reaches them: what bench/fan-out.ts measures. */
import { sshTransport } from '../../src/executors/ssh/transport.ts';

const transport = sshTransport();
const ends = await Promise.all(
  (process.argv[2] ?? '').split(',').map(async (name) => (await transport.connect({ name })).run(['true'])),
);
await transport.close();
process.exitCode = ends.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
