/** Σ a·b */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** values + factor · added */
export function plusScaled(values: Float64Array, added: Float64Array, factor: number): Float64Array {
  return values.map((value, i) => value + factor * (added[i] as number))
}

/** The largest magnitude; NaN where an element is. */
export function largest(values: Float64Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
}
