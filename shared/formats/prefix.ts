import type { ModelSizes } from './model-card.ts'

/** Keys and values of a task's P virtual tokens, which stand before each of its texts. */
export interface Prefix {
  /** P */
  readonly length: number
  /** [2L, kv heads, P, head size]: layer l's keys at 2l, its values at 2l + 1. */
  readonly keyValues: Float32Array
}

/** How many numbers a prefix of P virtual tokens has: 2L · kv heads · P · head size. */
export function prefixElements(P: number, { layers, keyValueHeads, headSize }: ModelSizes): number {
  return 2 * layers * keyValueHeads * P * headSize
}
