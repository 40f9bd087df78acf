import type { GraphBuilder } from '../../onnx/builder.ts'
import type { Weights } from '../weights/weights.ts'

/** Positions × head size: the tables take 4 bytes for each. */
export const maxRotations = 2 ** 27

/** cos and sin of each position's angles: [context, head size / 2] each. */
export interface RotaryTables {
  readonly cos: string
  readonly sin: string
}

/** The tables for `context` positions. Angles are rounded to float32, as transformers does. */
export function rotaryTables(b: GraphBuilder, weights: Weights, frequencies: readonly number[], context: number): RotaryTables {
  const half = frequencies.length
  const rounded = Float32Array.from(frequencies)
  const table = (name: string, of: (angle: number) => number) => {
    const values = new Float32Array(context * half)
    for (let i = 0; i < values.length; i++) values[i] = of(Math.fround(Math.floor(i / half) * (rounded[i % half] as number)))
    return weights.constant(b, name, [context, half], values)
  }
  return { cos: table('rotary.cos', Math.cos), sin: table('rotary.sin', Math.sin) }
}

/** Turns each head's pairs of numbers by their position's angles: `value` [B, Q, n · head size], `positions` [B, Q]. Su et al. 2021. */
export function rotate(b: GraphBuilder, value: string, positions: string, { cos, sin }: RotaryTables): string {
  return b.add('RotaryEmbedding', [value, positions, cos, sin])
}
