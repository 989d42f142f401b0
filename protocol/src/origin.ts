/** Origins of relays: text that names one relay in exactly one way, told from other text by hand, since core sees no URL class. */

const SCHEMES: Readonly<Record<string, number>> = { 'http://': 80, 'https://': 443 };
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const NAME_MAX = 253;
const LABEL_MAX = 63;
const PORT_MAX = 65535;

/** True for scheme, host and perhaps port, in the one form browsers write: lowercase, no path, no port that goes without saying. */
export function isOrigin(text: string): boolean {
  const scheme = Object.keys(SCHEMES).find((one) => text.startsWith(one));
  if (scheme === undefined) return false;
  const rest = text.slice(scheme.length);
  const end = rest.startsWith('[') ? rest.indexOf(']') + 1 : rest.indexOf(':');
  const host = end <= 0 ? rest : rest.slice(0, end);
  const port = rest.slice(host.length);
  return isHost(host) && (port === '' || (port.startsWith(':') && isPort(port.slice(1), SCHEMES[scheme])));
}

function isPort(text: string, implied: number | undefined): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= PORT_MAX && Number(text) !== implied;
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && isIpv6(host.slice(1, -1));
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  // What ends in a number is an IPv4 address to browsers, however few its parts are.
  if (/^([0-9]+|0x[0-9a-f]*)$/.test(last)) return labels.length === 4 && labels.every(isByte);
  return host.length <= NAME_MAX && labels.every((label) => label.length <= LABEL_MAX && LABEL.test(label));
}

function isByte(text: string): boolean {
  return /^(0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= 255;
}

/** RFC 5952 without dotted parts: the first of the longest runs of zeros is left out, and it alone. */
function isIpv6(text: string): boolean {
  const [before = '', after = null, more] = text.split('::');
  if (more !== undefined) return false;
  const head = groupsOf(before);
  const tail = groupsOf(after ?? '');
  const left = 8 - head.length - tail.length;
  if (after === null ? left !== 0 : left < 2) return false;
  const groups = [...head, ...Array<string>(left).fill('0'), ...tail];
  return groups.every((group) => /^(0|[1-9a-f][0-9a-f]{0,3})$/.test(group)) && shortest(groups) === text;
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

function shortest(groups: readonly string[]): string {
  let [from, length] = [0, 1];
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (groups[end] === '0') end++;
    if (end - at > length) [from, length] = [at, end - at];
  }
  return length < 2 ? groups.join(':') : `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}
