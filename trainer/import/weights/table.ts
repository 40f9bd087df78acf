// The weight formats, each under the name that --weights and a model's card give it.
export { float32Weights as float32 } from './float32.ts' // shared/tensor.ts exports the short name
export { int8 } from './int8.ts'
export { q4 } from './q4.ts'
export { q8 } from './q8.ts'
