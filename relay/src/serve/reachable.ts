/** An address people can type for what this program listens on. */
import { networkInterfaces } from 'node:os';

export function reachable(host: string, port: number, addresses: () => readonly string[] = ownAddresses): string {
  const everywhere = host === '0.0.0.0' || host === '::' || host === '';
  const shown = everywhere ? (addresses()[0] ?? '127.0.0.1') : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

/** IPv4 first: people read it to each other. */
function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return all.filter(({ family, internal }) => !internal && family === 'IPv4').map(({ address }) => address);
}
