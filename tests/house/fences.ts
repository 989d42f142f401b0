/** Reads Markdown: its code fences, its headings and its links. */

export interface Fence {
  readonly path: string;
  readonly line: number;
  /** `ts`, `sh`, … */
  readonly language: string;
  /** True when the fence is marked `run`. */
  readonly runs: boolean;
  readonly code: string;
}

export function fencesOf(path: string, text: string): readonly Fence[] {
  return [...text.matchAll(/^```([\w-]+)([^\n]*)\n([^]*?)^```\s*$/gm)].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    runs: /\brun\b/.test(match[2] ?? ''),
    code: match[3] ?? '',
  }));
}

/** Targets of inline links and images, outside code. */
export function linksOf(text: string): readonly string[] {
  const prose = text.replace(/^```[^]*?^```\s*$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => match[1] ?? '');
}

/** The anchors a page offers, made from its headings as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replace(/^```[^]*?^```\s*$/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map((match) => match[1] ?? '');
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}
