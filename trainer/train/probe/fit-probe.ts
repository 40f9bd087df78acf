import { labelScores } from '../../../shared/engine/scores.ts'
import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { type Criteria, isBetter } from '../../evaluate/better.ts'
import type { Metrics } from '../../evaluate/metrics.ts'
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

/** What a probe is chosen by. */
export interface ProbeChoice {
  /** The metrics of its scores on dev, [N, C]. */
  measure(scores: readonly Float64Array[]): Metrics
  readonly criteria: Criteria
}

/**
 * The probe of `train` that is best on `dev` [N, H]: of logistic regressions with a C of 1, 10 and 100 the one that the criteria choose, of
 * equals that of the smallest C. Throws `invalid_data` where a feature is not finite, `interrupted` when `signal` aborts.
 */
export async function fitProbe(
  train: LabelledFeatures,
  dev: readonly Float32Array[],
  { measure, criteria }: ProbeChoice,
  signal?: AbortSignal,
): Promise<Probe> {
  requireFiniteFeatures(dev)
  let best: Probe | undefined
  let start: LabelHead | undefined
  for (const C of candidates) {
    const { labelRows, bias } = await logisticRegression(train.features, train.targets, { C, start, signal })
    const head = { labelRows, bias }
    start = head
    const metrics = measure(dev.map((row) => labelScores(row, head)))
    if (best === undefined || isBetter(metrics, best.metrics, criteria)) best = { labelRows, bias, C, metrics }
  }
  if (best === undefined) throw new Error('no C was tried')
  return best
}
