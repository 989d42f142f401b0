/** The one address of several copies, which gives each client a copy of its own: `front.mjs HOST PORT CLIENT=PORT …`. */
import { connect, createServer } from 'node:net';

const [host, port, ...given] = process.argv.slice(2);
const copies = new Map(given.map((one) => one.split('=')));

createServer((client) => {
  const to = copies.get(client.remoteAddress);
  const copy = connect(Number(to), host);
  for (const [one, other] of [
    [client, copy],
    [copy, client],
  ]) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
    one.pipe(other);
  }
}).listen(Number(port), host, () => console.log('listening'));
