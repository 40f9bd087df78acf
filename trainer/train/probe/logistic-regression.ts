import { SoftPromptError } from '../../../shared/error.ts'
import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { type ProbeTargets, requireFiniteFeatures, rowsOf } from './labelled-features.ts'
import { minimize } from './lbfgs.ts'
import { normalize } from './normalize.ts'
import { openProbeLoss } from './probe-loss.ts'
import type { Evaluate } from './wolfe-step.ts'

export interface LogisticRegressionOptions {
  /** How freely the label rows grow: scikit-learn's C, the inverse of the regularisation's strength. */
  readonly C: number
  /** Where the search begins, such as the fit at another C; zeros by default. */
  readonly start?: LabelHead | undefined
  readonly signal?: AbortSignal | undefined
}

export interface LogisticRegression extends LabelHead {
  /** The value that was minimised. */
  readonly objective: number
  readonly iterations: number
}

/** What the mean over the rows of an element of the gradient may be and count as zero. */
const gradientTolerance = 1e-8
const decreaseTolerance = 1e-7
const maxIterations = 1000

/**
 * The label rows W [classes, H] and the bias b that minimise ‖W‖² / 2C + Σ −log softmax(W x + b)[label], summed over the rows x of
 * `features` [N, H] as their targets count; where texts may have several labels, σ for the softmax, summed over the labels too. This is scikit-learn's objective for three classes or more. For two it fits one row: that is
 * the difference of the two here, at twice its C. The same input gives the same numbers.
 * Throws `invalid_data` where a feature is not finite, and `interrupted` when `signal` aborts.
 */
export async function logisticRegression(
  features: Float32Array,
  targets: ProbeTargets,
  { C, start, signal }: LogisticRegressionOptions,
): Promise<LogisticRegression> {
  requireFiniteFeatures(rowsOf(features, targets.rows))
  const { classes } = targets
  const H = features.length / targets.rows
  const rows = classes * H // of the numbers of a point: the label rows, then the bias
  // the same objective in other variables: on features that lie around zero the search is shorter, and float32 loses less
  const { normalized, mean, scale } = normalize(features, H)
  const strength = 1 / (C * scale ** 2)
  const loss = await openProbeLoss(normalized, targets)

  const objective: Evaluate = async (point) => {
    const weights = Float32Array.from(point)
    const at = await loss.at({ labelRows: weights.subarray(0, rows), bias: weights.subarray(rows) })
    const gradient = new Float64Array(point.length)
    gradient.set(at.gradient.labelRows)
    gradient.set(at.gradient.bias, rows)
    let squares = 0
    for (let i = 0; i < rows; i++) {
      const weight = point[i] as number
      squares += weight ** 2
      gradient[i] = (gradient[i] as number) + strength * weight
    }
    return { point, value: at.loss + (strength / 2) * squares, gradient }
  }
  const proceed = (iterations: number) => {
    if (signal?.aborted) throw new SoftPromptError('interrupted', `Stopped after ${iterations} iterations of fitting a probe.`)
  }

  try {
    const from = new Float64Array(rows + classes)
    if (start !== undefined) {
      from.set(start.labelRows.map((weight) => weight * scale))
      from.set(shifted(start, mean, 1), rows)
    }
    const limits = { gradientTolerance: gradientTolerance * targets.rows, decreaseTolerance, maxIterations }
    const { point, value, iterations } = await minimize(objective, from, limits, proceed)
    const labelRows = Float32Array.from(point.subarray(0, rows), (weight) => weight / scale)
    const bias = shifted({ labelRows, bias: point.subarray(rows) }, mean, -1)
    return { labelRows, bias, objective: value, iterations }
  } finally {
    await loss.release()
  }
}

/** bias + sign · W · mean, [C]: the bias for features less their mean (1), and back (−1). */
function shifted(head: { labelRows: Float32Array; bias: ArrayLike<number> }, mean: Float64Array, sign: 1 | -1): Float32Array {
  const H = mean.length
  return Float32Array.from(head.bias, (value, c) => {
    return mean.reduce((sum, x, h) => sum + sign * x * (head.labelRows[c * H + h] as number), value)
  })
}
