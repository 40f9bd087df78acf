/** How a case can go wrong: no answer came; a wrong one; none within the time; one that the documented schema doesn't allow. */
export type Fault = 'lost' | 'wrong' | 'hung' | 'offSchema'

export interface Counts extends Record<Fault, number> {
  cases: number
}

/** Descriptions of faults that are printed, of each family; the others are counted. */
const maxTold = 5

/** What an attack has tried and what went wrong, by families of cases. */
export class Findings {
  readonly #log: (line: string) => void
  readonly #families = new Map<string, Counts>()

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  /** `count` more cases of `family` were tried. */
  tried(family: string, count = 1): void {
    this.#of(family).cases += count
  }

  /** A case of `family` went wrong. `what` names it, so that it can be tried again. */
  fault(family: string, fault: Fault, what: string): void {
    const counts = this.#of(family)
    counts[fault]++
    const told = faultsIn(counts)
    if (told <= maxTold) this.#log(`  ${family}: ${fault}: ${what}`)
    if (told === maxTold) this.#log(`  ${family}: further faults are counted and not told`)
  }

  /** A line a family. */
  tell(): void {
    for (const [family, { cases, ...faults }] of this.#families) {
      const told = Object.entries(faults).map(([fault, count]) => `${count} ${fault}`)
      this.#log(`  ${family.padEnd(36)} ${String(cases).padStart(6)} cases  ${told.join('  ')}`)
    }
  }

  get total(): Counts {
    const total = none()
    for (const counts of this.#families.values()) for (const key of names) total[key] += counts[key]
    return total
  }

  get failed(): boolean {
    return faultsIn(this.total) > 0
  }

  #of(family: string): Counts {
    const counts = this.#families.get(family) ?? none()
    this.#families.set(family, counts)
    return counts
  }
}

const none = (): Counts => ({ cases: 0, lost: 0, wrong: 0, hung: 0, offSchema: 0 })
const names = Object.keys(none()) as (keyof Counts)[]

function faultsIn({ cases: _, ...faults }: Counts): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0)
}
