/** The few lines setup prints: a symbol, plain words, and one line that rewrites itself while something runs. */
const colours = { '✓': 32, '•': 36, '!': 33, '✗': 31 };

function symbol(mark) {
  const plain = !process.stderr.isTTY || process.env.NO_COLOR;
  return plain ? mark : `\u001b[${colours[mark]}m${mark}\u001b[0m`;
}

/** Setup talks on stderr, so that stdout stays the agent's own. */
export function say(mark, text) {
  process.stderr.write(`  ${symbol(mark)} ${text}\n`);
}

/**
 * Shows `text` with the seconds gone by until the returned function replaces it; a plain line where nobody watches.
 * Called without a mark, the returned function only stops: a Problem will say the rest.
 */
export function working(text) {
  const started = Date.now();
  const live = process.stderr.isTTY;
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const draw = () => process.stderr.write(`\r\u001b[K  ${symbol('•')} ${text} ${seconds()} s`);
  if (!live) say('•', text);
  const timer = live ? setInterval(draw, 1000) : null;
  if (live) draw();
  return (mark, result) => {
    if (timer) clearInterval(timer);
    if (live) process.stderr.write('\r\u001b[K');
    if (mark) say(mark, `${result} (${seconds()} s)`);
  };
}

/** A problem a person can mend: printed as what failed, why, and what to try; never as a stack. */
export class Problem extends Error {
  constructor(what, ...details) {
    super(what);
    this.details = details.flat().filter(Boolean);
  }
}

export function tell(error) {
  if (!(error instanceof Problem)) throw error;
  say('✗', error.message);
  for (const line of error.details.flatMap(wrap)) process.stderr.write(`    ${line}\n`);
}

const WIDTH = 94;

/** Lines of at most WIDTH, broken at spaces; a line that begins with a space is quoted output and stays whole. */
function wrap(text) {
  if (text.startsWith(' ')) return [text];
  const lines = [''];
  for (const word of text.split(' ')) {
    const joined = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (joined.length <= WIDTH) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines.filter((line) => line !== '');
}
