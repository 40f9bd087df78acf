/** A parameter as it is kept: its shape and its numbers. */
export interface Parameter {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Parameters by name. */
export type Parameters = Record<string, Parameter>

export function zeroParameter(shape: readonly number[]): Parameter {
  return { shape, data: new Float32Array(shape.reduce((product, dim) => product * dim, 1)) }
}
