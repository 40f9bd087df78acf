/** The share of the newest run in what is expected of the next. */
const weight = 0.2
const longest = 60

/** How fast a host's runs are, and so when what waits will be done. */
export class Pace {
  /** Milliseconds a position; null before the first run. */
  #position: number | null = null

  /** A run of so many positions took `milliseconds`. */
  tell(positions: number, milliseconds: number): void {
    const now = milliseconds / positions
    this.#position = this.#position === null ? now : (1 - weight) * this.#position + weight * now
  }

  /** In how many whole seconds so many positions will have run: from 1 to 60, and 1 where nothing is known yet. */
  secondsFor(positions: number): number {
    return Math.min(longest, Math.max(1, Math.ceil(((this.#position ?? 0) * positions) / 1000)))
  }
}
