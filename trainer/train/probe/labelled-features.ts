import { SoftPromptError } from '../../../shared/error.ts'

/** Rows that a model has read, with their labels. */
export interface LabelledFeatures {
  /** [N, H] */
  readonly features: Float32Array
  /** [N]: the index of each row's label. */
  readonly labels: Int32Array
}

/** Throws `invalid_data` where a feature is not a finite number, and names the row. */
export function requireFiniteFeatures({ features, labels }: LabelledFeatures): void {
  const wrong = features.findIndex((value) => !Number.isFinite(value))
  if (wrong < 0) return
  const H = features.length / labels.length
  throw new SoftPromptError(
    'invalid_data',
    `Cannot fit a probe: feature ${wrong % H} of row ${Math.floor(wrong / H) + 1} of ${labels.length} is ${features[wrong]}, and the probe needs finite numbers. The model may overflow on this row's text.`,
  )
}
