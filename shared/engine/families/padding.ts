/**
 * The lengths of texts and of prefixes are rounded up to multiples of this, for a request alone too. A row then meets the same order
 * of additions alone and in any batch, so its answer is the same bit for bit.
 */
const lengthStep = 16

/** `length` rounded up to the next length that the graph is run with. */
export function roundUp(length: number): number {
  return Math.ceil(length / lengthStep) * lengthStep
}

/** Added to the score of a position that may not be seen: exp of it is 0, and a row that sees nothing stays finite. */
export const unseen = -1e9
