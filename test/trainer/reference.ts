import { readFileSync } from 'node:fs'
import type { ModelSizes } from '../../shared/model-card.ts'
import type { Prefix } from '../../shared/model-inputs.ts'
import { lengthBytes } from '../../shared/safetensors.ts'
import { type FloatTensor, float32 } from '../../shared/tensor.ts'

/** PyTorch's numbers for a checkpoint, as test/reference/make_llama.py names them. */
export interface Reference {
  /** The texts' ids, without padding. */
  readonly rows: readonly number[][]
  float(name: string): FloatTensor
  integers(name: string): number[]
  /** `past_key.*` and `past_value.*`, or their gradients, as a prefix. */
  prefix(kind: 'past' | 'gradient', sizes: ModelSizes): Prefix
}

export const references = ['gqa-tied', 'mha-untied', 'rope-scaled'] as const
export const checkpointOf = (name: string) => `test/reference/${name}`

/** The checkpoint that models/default was made of. It lies beside the checkout, where it is at all. */
export const bootstrap = '../shared/model/bootstrap'

export function readReference(name: string): Reference {
  const bytes = Uint8Array.from(readFileSync(`test/reference/${name}/reference.safetensors`))
  const begin = lengthBytes + Number(new DataView(bytes.buffer).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(lengthBytes, begin)))
  const tensor = (key: string, dtype: string) => {
    const {
      dtype: stored,
      shape,
      data_offsets: [from, to],
    } = header[key]
    if (stored !== dtype) throw new Error(`${key} is ${stored}`)
    return { shape: shape as number[], buffer: bytes.slice(begin + from, begin + to).buffer }
  }
  const float = (key: string) => {
    const { shape, buffer } = tensor(key, 'F32')
    return float32(shape, new Float32Array(buffer))
  }
  const integers = (key: string) => Array.from(new BigInt64Array(tensor(key, 'I64').buffer), Number)
  const [B, T] = header.input_ids.shape as [number, number]
  const [ids, mask] = [integers('input_ids'), integers('attention_mask')]
  return {
    rows: Array.from({ length: B }, (_, b) => ids.slice(b * T, (b + 1) * T).filter((_, t) => mask[b * T + t] === 1)),
    float,
    integers,
    prefix(kind, { layers }) {
      const suffix = kind === 'past' ? '' : '_grad'
      const parts = Array.from({ length: 2 * layers }, (_, part) => float(`past_${part % 2 === 0 ? 'key' : 'value'}${suffix}.${part >> 1}`))
      return { length: parts[0]!.dims[2]!, keyValues: Float32Array.from(parts.flatMap(({ data }) => Array.from(data))) }
    },
  }
}

/** The largest difference over the largest magnitude of what was wanted. */
export function relativeError(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) throw new Error(`${got.length} numbers came, and ${wanted.length} were wanted`)
  let [difference, magnitude] = [0, 0]
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(got[i]! - wanted[i]!))
    if (Number.isNaN(got[i])) return Number.NaN
    magnitude = Math.max(magnitude, Math.abs(wanted[i]!))
  }
  return difference / magnitude
}

/** The cosine of the angle between two vectors. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers and ${b.length}`)
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
