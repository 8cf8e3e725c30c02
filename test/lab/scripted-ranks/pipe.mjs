// A ProxyCommand: standard input and output are the connection.
import { connect } from 'node:net';

const [host, port] = process.argv.slice(2);
const socket = connect(Number(port), host);
process.stdin.pipe(socket).pipe(process.stdout);
socket.on('close', () => process.exit());
