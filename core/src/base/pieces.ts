/** Long work in pieces: a generator yields between them, and whoever runs it decides whether others have a turn there. */

export type Pieces<T> = Generator<void, T, void>;

/** Without a stop. */
export function atOnce<T>(work: Pieces<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** `turn` is awaited after each piece, as `Clock.turn` is (P9). */
export async function inTurns<T>(work: Pieces<T>, turn: () => Promise<void>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await turn();
  }
}
