// The families of models, each under the name that a model's card gives it.
export { decoder } from './decoder.ts'
export { encoder } from './encoder.ts'
export { gpuDecoder } from './gpu-decoder.ts'
