import { blockWeights } from './block-weights.ts'
import type { WeightFormat } from './weight-format.ts'

/** Whole numbers of 8 bits, a scale for 32 of them. */
export const q8: WeightFormat = { ...blockWeights(8), about: 'for browsers with WebGPU', tolerance: 0.001 }
