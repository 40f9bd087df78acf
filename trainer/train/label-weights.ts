import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { TrainingExample } from './objectives/objective.ts'
import type { PlainSettings } from './plain-settings.ts'

/**
 * What an example of each of `labels` counts, [C]; null where all count alike. "balanced" makes each label count as much as if all were as
 * frequent, as in scikit-learn. Of one label a text the weights are 1 on average over the examples; with several they are what a label that is
 * there counts beside one that is not. Throws `usage` on a label that there is not.
 */
export function labelWeightsOf(
  weights: PlainSettings['classWeights'],
  labels: readonly string[],
  examples: readonly TrainingExample[],
  several: boolean,
): Float32Array | null {
  if (weights === undefined) return null
  const counts = countsOf(examples, labels.length)
  if (weights === 'balanced')
    return counts.map((count) => {
      if (count === 0) return 1 // there is nothing to weigh
      return several ? (examples.length - count) / count : examples.length / (labels.length * count)
    })
  requireWeighted(weights, labels)
  const given = Float32Array.from(labels, (label) => (Object.hasOwn(weights, label) ? (weights[label] as number) : 1))
  if (several) return given
  const mean = given.reduce((sum, weight, c) => sum + weight * (counts[c] as number), 0) / examples.length
  return given.map((weight) => weight / mean)
}

/** Throws `usage` where a label that there is not was given a weight. */
export function requireWeighted(weights: PlainSettings['classWeights'], labels: readonly string[]): void {
  if (weights === undefined || weights === 'balanced') return
  const alien = Object.keys(weights).find((label) => !labels.includes(label))
  if (alien === undefined) return
  throw new SoftPromptError(
    'usage',
    `Cannot use class weight ${excerpt(alien)}=${weights[alien]}: there is no such label in the data (${excerpt(labels.join(', '), 200)}).`,
  )
}

/** How many examples have each label, [C]; of one whose label is known by probabilities, a share. */
function countsOf(examples: readonly TrainingExample[], classes: number): Float32Array {
  const counts = new Float32Array(classes)
  const add = (c: number, count: number) => {
    counts[c] = (counts[c] as number) + count
  }
  for (const { right, probabilities } of examples) {
    if (probabilities !== undefined) for (const [c, share] of probabilities.entries()) add(c, share)
    else for (const c of [right].flat() as number[]) add(c, 1)
  }
  return counts
}
