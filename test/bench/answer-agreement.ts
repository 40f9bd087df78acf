import { quantile } from './quantile.ts'

export interface Answer {
  readonly label: string
  readonly probabilities: Readonly<Record<string, number>>
}

/** The answers of every task's texts, one task after another. */
export type Answers = readonly Answer[]

/** How one place's answers differ from another's. */
export interface Agreement {
  readonly texts: number
  /** The share of the labels that are the same, and the largest margin between the two best probabilities where they are not. */
  readonly labels: number
  readonly marginOfOthers: number | null
  /** Of the probabilities of the label that the first gives: the median difference, the largest, and how many are more than 0.01. */
  readonly median: number
  readonly largest: number
  readonly above001: number
  /** The share of right answers, of the first and of the second. */
  readonly accuracies: readonly [number, number]
}

/** Answers to the same texts, of which `right` are the labels. */
export function compared(one: Answers, other: Answers, right: readonly string[]): Agreement {
  const differences = one.map(({ label, probabilities }, n) =>
    Math.abs((probabilities[label] as number) - (other[n]?.probabilities[label] as number)),
  )
  const others = one.filter(({ label }, n) => label !== other[n]?.label)
  const accuracy = (answers: Answers) => answers.filter(({ label }, n) => label === right[n]).length / answers.length
  return {
    texts: one.length,
    labels: 1 - others.length / one.length,
    marginOfOthers: others.length === 0 ? null : Math.max(...others.map(marginOf)),
    median: quantile(differences, 0.5),
    largest: Math.max(...differences),
    above001: differences.filter((difference) => difference > 0.01).length,
    accuracies: [accuracy(one), accuracy(other)],
  }
}

/** What stands between the most probable label and the next. */
function marginOf({ probabilities }: Answer): number {
  const [first = 0, second = 0] = Object.values(probabilities).sort((a, b) => b - a)
  return first - second
}

/** In a line. */
export function agreementText({ texts, labels, marginOfOthers, median, largest, above001, accuracies }: Agreement): string {
  const [one, other] = accuracies.map((value) => `${(100 * value).toFixed(1)} %`)
  const margin = marginOfOthers === null ? '' : `, the others with margins of up to ${marginOfOthers.toFixed(3)}`
  return `${(100 * labels).toFixed(1)} % of ${texts} labels the same${margin}; probabilities ${median.toPrecision(2)} apart in the median, ${largest.toPrecision(2)} at most, ${above001} more than 0.01; right ${one} and ${other}`
}
