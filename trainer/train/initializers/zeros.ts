import { type Prefix, prefixElements } from '../../../shared/formats/prefix.ts'
import { float32 } from '../../../shared/tensor.ts'
import type { InitializerInput, PromptInitializer } from './initializer.ts'

/** Keys that are all zero would all move alike: uniform numbers whose root mean square is this. */
const spread = 0.02
const small = (random: () => number) => (2 * random() - 1) * Math.sqrt(3) * spread

/** Nearly nothing: keys and values in which values are zero, so that positions begin by saying nothing; vectors that are small. */
export const zeros: PromptInitializer = {
  takesText: false,
  table: ({ model, virtualTokens: P, random }) => {
    const H = model.card.sizes.hidden
    return float32(
      [P, H],
      Float32Array.from({ length: P * H }, () => small(random)),
    )
  },
  prefix: ({ model, virtualTokens: P, random }: InitializerInput): Prefix => {
    const { sizes } = model.card
    const part = prefixElements(P, sizes) / (2 * sizes.layers) // keys and values of each layer in turn
    const number = (i: number) => (Math.floor(i / part) % 2 === 0 ? small(random) : 0)
    return { length: P, keyValues: Float32Array.from({ length: prefixElements(P, sizes) }, (_, i) => number(i)) }
  },
}
