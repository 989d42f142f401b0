/** Reads what a relay says at `/metrics`: the text format of Prometheus, as far as this program itself writes it. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Lines that are none are left out: a scrape of something else has no samples of ours. */
export function parseSamples(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const found = line.startsWith('#') ? null : LINE.exec(line.trim());
    if (found === null) return [];
    const [, name = '', labels = '', value = ''] = found;
    const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
    if (Number.isNaN(number)) return [];
    const pairs = [...labels.matchAll(LABEL)].map((match) => [match[1] ?? '', (match[2] ?? '').replace(/\\(.)/g, '$1')] as const);
    return [{ name, labels: Object.fromEntries(pairs), value: number }];
  });
}
