import { argmax, softmax } from '../../../shared/engine/scores.ts'

/** How well scores fit their labels. */
export interface Metrics {
  /** The share of rows whose best label is theirs. */
  readonly accuracy: number
  /** The mean over the labels that occur of 2 · precision · recall / (precision + recall). */
  readonly macroF1: number
  /** The mean of −log probability of the label, in nats. */
  readonly loss: number
  /** The share of the most frequent label: what always answering it would give. */
  readonly majority: number
  /** [C][C]: rows by their label, columns by the answer. */
  readonly confusion: readonly (readonly number[])[]
}

/** The metrics of `scores` (C numbers a row) against `labels`. */
export function metricsOf(scores: readonly ArrayLike<number>[], labels: readonly number[], classes: number, temperature = 1): Metrics {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  let loss = 0
  scores.forEach((row, i) => {
    const label = labels[i] as number
    const counts = confusion[label] as number[]
    const answer = argmax(row)
    counts[answer] = (counts[answer] as number) + 1
    loss -= Math.log(Math.max(softmax(row, temperature)[label] as number, Number.MIN_VALUE))
  })
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const ofLabel = confusion.map(sum)
  const answered = confusion.map((_, c) => sum(confusion.map((row) => row[c] as number)))
  const right = confusion.map((row, c) => row[c] as number)
  const f1 = right.flatMap((hits, c) => {
    const mentions = (ofLabel[c] as number) + (answered[c] as number)
    return mentions === 0 ? [] : [(2 * hits) / mentions]
  })
  return {
    accuracy: sum(right) / scores.length,
    macroF1: sum(f1) / f1.length,
    loss: loss / scores.length,
    majority: Math.max(...ofLabel) / scores.length,
    confusion,
  }
}

/** The one label that every row is given, or null where answers differ. */
export function onlyAnswer({ confusion }: Metrics): number | null {
  const used = confusion.map((_, c) => confusion.some((row) => (row[c] as number) > 0))
  return used.filter(Boolean).length === 1 ? used.indexOf(true) : null
}

/** The temperature between 0.05 and 20 under which the loss is least, by golden-section search over its logarithm. */
export function bestTemperature(scores: readonly ArrayLike<number>[], labels: readonly number[], classes: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2
  const lossAt = (logarithm: number) => metricsOf(scores, labels, classes, Math.exp(logarithm)).loss
  let [low, high] = [Math.log(0.05), Math.log(20)]
  for (let i = 0; i < 30; i++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)]
    if (lossAt(left) < lossAt(right)) high = right
    else low = left
  }
  return Math.exp((low + high) / 2)
}
