export interface Normalized {
  /** (features − mean) / scale, [N, H]: the mean over the rows of their squared norm is 1. */
  readonly normalized: Float32Array
  /** [H] */
  readonly mean: Float64Array
  readonly scale: number
}

/**
 * `features` [N, H] less the mean of each, divided by one number for all. With rows as long as the 1 that a bias is multiplied by,
 * L-BFGS took a third of the iterations that it took with features whose own mean square was 1 (9,003 × 384, 77 classes).
 */
export function normalize(features: Float32Array, H: number): Normalized {
  const N = features.length / H
  const mean = new Float64Array(H)
  for (let i = 0; i < features.length; i++) mean[i % H] = (mean[i % H] as number) + (features[i] as number) / N
  let norm = 0
  for (let i = 0; i < features.length; i++) norm += ((features[i] as number) - (mean[i % H] as number)) ** 2 / N
  const scale = Math.sqrt(norm) || 1 // all rows may be the same
  return { normalized: features.map((value, i) => (value - (mean[i % H] as number)) / scale), mean, scale }
}
