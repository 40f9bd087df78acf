import { SoftPromptError } from '../../shared/error.ts'

/**
 * So much may wait at a time. What would be more is refused: that is better than answering too late. Whoever takes some leaves as
 * much again, so that callers with much don't fill the room of those with little.
 */
export class Allowance {
  readonly #max: number
  readonly #unit: string
  readonly #retryAfter: () => number
  #held = 0

  /** At most `max` of `unit`, a word in the plural. `retryAfter` gives the seconds in which what is held will be less. */
  constructor(max: number, unit: string, retryAfter: () => number) {
    this.#max = max
    this.#unit = unit
    this.#retryAfter = retryAfter
  }

  get held(): number {
    return this.#held
  }

  /** `work`'s value, with `amount` held meanwhile. Throws `overloaded` where that would be too much; where nothing waits, all may be held. */
  async hold<Value>(amount: number, work: () => Promise<Value>): Promise<Value> {
    if (this.#held + amount * (this.#held === 0 ? 1 : 2) > this.#max) {
      throw new SoftPromptError(
        'overloaded',
        `Cannot take ${amount} more ${this.#unit}: ${this.#held} of at most ${this.#max} are waiting, and room has to be left for other callers. Try again later.`,
        { retryAfter: this.#retryAfter() },
      )
    }
    this.#held += amount
    try {
      return await work()
    } finally {
      this.#held -= amount
    }
  }
}
