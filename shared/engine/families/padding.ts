/**
 * The lengths of texts and of prefixes are rounded up to multiples of this, for a request alone too. A row then meets the same order
 * of additions alone and in any batch, so its answer is the same bit for bit.
 */
const lengthStep = 16

/** `length` rounded up to the next length that the graph is run with. */
export function roundUp(length: number): number {
  return Math.ceil(length / lengthStep) * lengthStep
}
