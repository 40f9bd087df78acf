import { labelScores } from '../../../shared/engine/scores.ts'
import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { isBetter } from '../../evaluate/better.ts'
import { type Metrics, metricsOf } from '../../evaluate/metrics.ts'
import { type LabelledFeatures, requireFiniteFeatures } from './labelled-features.ts'
import { logisticRegression } from './logistic-regression.ts'

/** A linear probe: label rows and a bias on the features as they are. */
export interface Probe extends LabelHead {
  /** The inverse regularisation that was chosen. */
  readonly C: number
  /** On dev. */
  readonly metrics: Metrics
}

/** Ascending: each fit begins at the one before, and of equals the first stays. */
const candidates = [1, 10, 100] as const

/**
 * The probe of `train` that is best on `dev`: of logistic regressions with a C of 1, 10 and 100 the one with the highest accuracy,
 * then the lowest loss, then the smallest C. Throws `invalid_data` where a feature is not finite, `interrupted` when `signal` aborts.
 */
export async function fitProbe(train: LabelledFeatures, dev: LabelledFeatures, classes: number, signal?: AbortSignal): Promise<Probe> {
  requireFiniteFeatures(dev)
  let best: Probe | undefined
  let start: LabelHead | undefined
  for (const C of candidates) {
    const { labelRows, bias } = await logisticRegression(train.features, train.labels, { classes, C, start, signal })
    start = { labelRows, bias }
    const metrics = metricsOf(scoresOf(dev, start), Array.from(dev.labels), classes)
    if (best === undefined || isBetter(metrics, best.metrics)) best = { labelRows, bias, C, metrics }
  }
  if (best === undefined) throw new Error('no C was tried')
  return best
}

/** [N, C] */
function scoresOf({ features, labels }: LabelledFeatures, head: LabelHead): Float64Array[] {
  const H = features.length / labels.length
  return Array.from(labels, (_, n) => labelScores(features.subarray(n * H, (n + 1) * H), head))
}
