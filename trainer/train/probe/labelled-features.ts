import { SoftPromptError } from '../../../shared/error.ts'
import type { Objective, TrainingExample, Weighting } from '../objectives/objective.ts'

/** Rows that a model has read, with what is right for them. */
export interface LabelledFeatures {
  /** [N, H] */
  readonly features: Float32Array
  readonly targets: ProbeTargets
}

/** What a probe of N rows and C labels is to answer. */
export interface ProbeTargets {
  /** N */
  readonly rows: number
  /** C */
  readonly classes: number
  /** What it counts that a row has a label, [N, C]: of one label a text a row's sum is what the row counts. */
  readonly wanted: Float32Array
  /** Where texts may have several labels, what it counts that a row has not a label, [N, C]. */
  readonly unwanted: Float32Array | null
}

/** The targets of rows that have one label each, `labels` [N], and count alike. */
export function oneLabelTargets(labels: ArrayLike<number>, classes: number): ProbeTargets {
  const wanted = new Float32Array(labels.length * classes)
  for (let n = 0; n < labels.length; n++) wanted[n * classes + (labels[n] as number)] = 1
  return { rows: labels.length, classes, wanted, unwanted: null }
}

/** The targets of examples as an objective weighs them. */
export function probeTargets(
  examples: readonly TrainingExample[],
  classes: number,
  objective: Objective,
  weighting: Weighting,
): ProbeTargets {
  const { several } = objective
  const wanted = new Float32Array(examples.length * classes)
  const unwanted = several ? new Float32Array(wanted.length).fill(1) : null
  examples.forEach((example, n) => {
    const { right, probabilities } = example
    const row = wanted.subarray(n * classes, (n + 1) * classes)
    if (unwanted === null) {
      if (probabilities !== undefined) row.set(probabilities)
      else row[right as number] = 1
      const weight = objective.weight(example, weighting)
      for (let c = 0; c < classes; c++) row[c] = (row[c] as number) * weight
    } else
      for (const c of [right].flat() as number[]) {
        row[c] = weighting.labelWeights?.[c] ?? 1
        unwanted[n * classes + c] = 0
      }
  })
  return { rows: examples.length, classes, wanted, unwanted }
}

/** Throws `invalid_data` where a feature of `rows` [N, H] is not a finite number, and names the row. */
export function requireFiniteFeatures(rows: readonly Float32Array[]): void {
  rows.forEach((row, n) => {
    const wrong = row.findIndex((value) => !Number.isFinite(value))
    if (wrong < 0) return
    throw new SoftPromptError(
      'invalid_data',
      `Cannot fit a probe: feature ${wrong} of row ${n + 1} of ${rows.length} is ${row[wrong]}, and the probe needs finite numbers. The model may overflow on this row's text.`,
    )
  })
}

/** [N, H] as rows. */
export function rowsOf(features: Float32Array, count: number): Float32Array[] {
  const H = features.length / count
  return Array.from({ length: count }, (_, n) => features.subarray(n * H, (n + 1) * H))
}
