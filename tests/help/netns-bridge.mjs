/** Carries bytes between a socket file and a loopback port: run inside a namespace, it lets a test outside talk to the loopback in there. */
import { connect, createServer } from 'node:net';

const [, , path, port] = process.argv;

createServer((outside) => {
  const inside = connect(Number(port), '127.0.0.1');
  outside.pipe(inside).pipe(outside);
  outside.on('error', () => inside.destroy());
  inside.on('error', () => outside.destroy());
}).listen(path, () => process.stdout.write('listening\n'));
