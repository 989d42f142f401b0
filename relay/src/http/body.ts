/** Reads a request's body by counting its bytes as they come, and JSON strictly: nothing is believed of Content-Length but a refusal. */
import { Refusal } from './problem.js';

export const BODY_BYTES_MAX = 64 * 1024;
/** Deeper than anything of ours; walkers of what was parsed recurse. */
const DEPTH_MAX = 32;

const tooLarge = (max: number): Refusal =>
  // The rest of the body is on its way still: this connection cannot be used for another request.
  new Refusal('too-large', `at most ${max} bytes are taken here`, { connection: 'close' });

export async function readBody(request: Request, max: number): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (announced !== null && Number(announced) > max) throw tooLarge(max);
  if (request.body === null) return new Uint8Array(0);
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > max) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge(max);
    }
    pieces.push(value);
  }
  return Buffer.concat(pieces, size);
}

/** A missing body is read as `{}`, for the sake of routes where every field may be left out. */
export function parseJson(bytes: Uint8Array, request: Request): unknown {
  if (request.headers.has('content-encoding')) throw new Refusal('wrong-type', 'send the body uncompressed');
  const type = request.headers.get('content-type');
  if (bytes.byteLength === 0 && type === null) return {};
  if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(type ?? ''))
    throw new Refusal('wrong-type', 'send the body as application/json', { accept: 'application/json' });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal('bad-request', 'the body is not UTF-8');
  }
  if (depthOf(text) > DEPTH_MAX) throw new Refusal('bad-request', `the body is nested deeper than ${DEPTH_MAX}`);
  try {
    return JSON.parse(text, harmless) as unknown;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('bad-request', 'the body is not JSON');
  }
}

function harmless(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new Refusal('invalid', 'the body holds a field that is not known: __proto__');
  return value;
}

/** Brackets open at once outside of strings; text that is no JSON may be counted wrong, and is refused by the parser. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) quoted = !quoted;
    else if (quoted) at += char === 0x5c ? 1 : 0;
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d || char === 0x5d) depth--;
  }
  return deepest;
}
