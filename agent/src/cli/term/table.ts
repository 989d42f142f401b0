/** Aligned columns under lower-case headers, cut to the width there is. */
import { cutEnd, cutMiddle, padEnd, padStart, width } from './width.js';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Columns that may be cut, and where; others keep their full width. */
  readonly cut?: 'end' | 'middle';
  /** Left out where the screen is too narrow for all, the last such column first. */
  readonly spare?: boolean;
}

const GAP = '  ';
const INDENT = '  ';
const CUT_TO_MIN = 8;

/** Lines without line breaks, headers first; `columns`: the whole line's width. Cells must be safe text already. */
export function table(heads: readonly Column[], rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const room = columns - INDENT.length - GAP.length * (heads.length - 1);
  const widths = fit(heads, rows, room);
  const spare = heads.findLastIndex((head) => head.spare === true);
  if (spare >= 0 && widths.reduce((sum, one) => sum + one, 0) > room)
    return table(
      heads.toSpliced(spare, 1),
      rows.map((cells) => cells.toSpliced(spare, 1)),
      columns,
    );
  const line = (cells: readonly string[]): string => {
    const shown = heads.map((head, at) => {
      const columnsHere = widths[at] ?? 0;
      const text = cells[at] ?? '';
      const cut = head.cut === 'middle' ? cutMiddle(text, columnsHere) : cutEnd(text, columnsHere);
      return head.align === 'right' ? padStart(cut, columnsHere) : padEnd(cut, columnsHere);
    });
    return `${INDENT}${shown.join(GAP)}`.trimEnd();
  };
  return [line(heads.map(({ head }) => head)), ...rows.map(line)];
}

/** Every column as wide as its widest cell; where that is too much, the widest of those that may be cut gives way first. */
function fit(heads: readonly Column[], rows: readonly (readonly string[])[], room: number): readonly number[] {
  const widths = heads.map(({ head }, at) => Math.max(width(head), ...rows.map((row) => width((row[at] ?? '').slice(0, 400)))));
  let over = widths.reduce((sum, one) => sum + one, 0) - room;
  while (over > 0) {
    let widest = -1;
    for (const [at, { cut }] of heads.entries()) {
      const here = widths[at] ?? 0;
      if (cut !== undefined && here > CUT_TO_MIN && here > (widths[widest] ?? 0)) widest = at;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}
