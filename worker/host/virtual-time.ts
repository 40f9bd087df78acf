/**
 * The clock of fair queueing (Parekh and Gallager 1993): it goes forward as rows are served, and by as many as each caller's fair share of
 * them, were the service divided evenly at every moment among the callers who are still owed some. A row stamped with the time at which its
 * turn begins runs no more than a batch later than it would there, whoever comes after.
 */
export class VirtualTime {
  #now = 0
  /** When the last row of each caller would be served. */
  readonly #ends = new Map<object, number>()

  /** The time at which the first of `rows` more rows of a caller begins; each of the others begins one later. */
  enter(caller: object, rows: number): number {
    const begin = this.#ends.get(caller) ?? this.#now
    if (rows > 0) this.#ends.set(caller, begin + rows)
    return begin
  }

  /** The caller is owed nothing any more. */
  leave(caller: object): void {
    this.#ends.delete(caller)
  }

  /** So many rows were served. */
  advance(rows: number): void {
    let left = rows
    while (left > 0 && this.#ends.size > 0) {
      const next = Math.min(...this.#ends.values())
      const needed = (next - this.#now) * this.#ends.size
      if (left < needed) {
        this.#now += left / this.#ends.size
        return
      }
      left -= needed
      this.#now = next
      for (const [caller, end] of this.#ends) if (end <= next) this.#ends.delete(caller)
    }
  }
}
