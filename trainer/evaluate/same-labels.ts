import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { AnsweredExamples } from './answered-examples.ts'
import { oneLabel } from './predictions.ts'

/** Throws `usage` where the labels of two who are to be compared are not the same, in whatever order. */
export function requireSameLabels(a: Named, b: Named): void {
  const onlyIn = (one: Named, other: Named) => {
    const known = new Set(other.labels)
    const only = one.labels.filter((label) => !known.has(label))
    return only.length === 0 ? [] : [`only ${one.name} has ${excerpt(only.map((label) => JSON.stringify(label)).join(', '), 200)}`]
  }
  const differences = [...onlyIn(a, b), ...onlyIn(b, a)]
  if (differences.length === 0) return
  throw new SoftPromptError('usage', `Cannot compare ${a.name} with ${b.name}: they have different labels: ${differences.join('; ')}.`)
}

interface Named {
  readonly name: string
  readonly labels: readonly string[]
}

/** What was answered, its labels counted in the order of `labels`, which are the same ones. */
export function inOrderOf(labels: readonly string[], answered: AnsweredExamples): AnsweredExamples {
  const { predictions } = answered
  const from = labels.map((label) => answered.labels.indexOf(label))
  const to = answered.labels.map((label) => labels.indexOf(label))
  const probabilities = predictions.probabilities.map((row) => from.map((c) => row[c] as number))
  const moved = (rows: readonly number[]) => rows.map((c) => to[c] as number)
  const sets = (rows: readonly (readonly number[])[]) => rows.map((set) => moved(set).sort((a, b) => a - b))
  return {
    ...answered,
    labels,
    thresholds: answered.thresholds && from.map((c) => answered.thresholds?.[c] ?? null),
    predictions: predictions.several
      ? { ...predictions, probabilities, answers: sets(predictions.answers), labels: sets(predictions.labels) }
      : oneLabel(probabilities, moved(predictions.answers), moved(predictions.labels), labels.length, predictions.withheld),
  }
}
