/** The four symbols, with colour as a second signal only, and only where a person watches. */

export interface Style {
  readonly done: string;
  readonly working: string;
  readonly needsYou: string;
  readonly failed: string;
  dim(text: string): string;
  strong(text: string): string;
  readonly colour: boolean;
}

export function createStyle(colour: boolean): Style {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    colour,
    done: paint('32', '✓'),
    working: paint('36', '•'),
    needsYou: paint('33', '!'),
    failed: paint('31', '✗'),
    dim: (text) => paint('2', text),
    strong: (text) => paint('1', text),
  };
}

/** https://no-color.org: any value but the empty one switches colour off. */
export function wantsColour(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTty && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
