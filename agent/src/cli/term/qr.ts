/** A QR code of half blocks that a phone's camera reads on light and dark terminals. */
import { create } from 'qrcode';

export interface QrLook {
  /** With colour, black on white is painted whatever the terminal's own colours are. */
  readonly colour: boolean;
  /** Without colour: whether the terminal's background is light. */
  readonly light: boolean;
}

/** The standard asks for four; cameras are content with two, and screens are small. */
const QUIET = 2;
const BLACK_ON_WHITE = '\u001b[38;5;16;48;5;231m';

/** Lines without line breaks, each as wide as the code and its quiet zone. */
export function qrLines(text: string, look: QrLook): readonly string[] {
  const { modules } = create(text, { errorCorrectionLevel: 'L' });
  const size = modules.size + QUIET * 2;
  const dark = (x: number, y: number): boolean => {
    const [column, row] = [x - QUIET, y - QUIET];
    const inside = column >= 0 && row >= 0 && column < modules.size && row < modules.size;
    return inside && modules.get(row, column) !== 0;
  };
  // A drawn half is the text's colour: black when painted or on a light background, light on a dark one.
  const drawn = (x: number, y: number): boolean => y < size && (look.colour || look.light ? dark(x, y) : !dark(x, y));
  const lines: string[] = [];
  for (let y = 0; y < size; y += 2) {
    let line = '';
    for (let x = 0; x < size; x++) line += half(drawn(x, y), drawn(x, y + 1));
    lines.push(look.colour ? `${BLACK_ON_WHITE}${line}\u001b[0m` : line);
  }
  return lines;
}

function half(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}

/** `COLORFGBG` (rxvt, Konsole, iTerm2) is `foreground;background`; 7 and 9 to 15 are light backgrounds. */
export function lightBackground(env: Readonly<Record<string, string | undefined>>): boolean {
  const background = Number((env['COLORFGBG'] ?? '').split(';').at(-1) || Number.NaN);
  return background === 7 || (background >= 9 && background <= 15);
}
