import { blockWeights } from './block-weights.ts'
import type { WeightFormat } from './weight-format.ts'

/** Whole numbers of 4 bits, a scale for 32 of them: half the bytes of q8, and for large models alone. */
export const q4: WeightFormat = { ...blockWeights(4), about: 'for large models in browsers with WebGPU', tolerance: 0.001 }
