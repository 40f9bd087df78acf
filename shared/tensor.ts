/** A dense row-major tensor as both runtimes take and return it. */
export type Tensor =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array }

export type FloatTensor = Extract<Tensor, { type: 'float32' }>

/** Tensors by the name of the graph's input or output. */
export type Tensors = Record<string, Tensor>

export function float32(dims: readonly number[], data: Float32Array = new Float32Array(elementCount(dims))): FloatTensor {
  return { type: 'float32', dims, data: sized(dims, data) }
}

export function int64(dims: readonly number[], data: BigInt64Array = new BigInt64Array(elementCount(dims))): Tensor {
  return { type: 'int64', dims, data: sized(dims, data) }
}

/** The float tensor `name` of `tensors`. Throws where it is missing or of another type. */
export function floatOutput(tensors: Tensors, name: string): FloatTensor {
  const tensor = tensors[name]
  if (tensor?.type !== 'float32') throw new Error(`the graph gave no float32 output ${name}`)
  return tensor
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

function sized<Data extends { length: number }>(dims: readonly number[], data: Data): Data {
  if (data.length !== elementCount(dims))
    throw new Error(`a tensor of shape [${dims}] has ${elementCount(dims)} elements, not ${data.length}`)
  return data
}
