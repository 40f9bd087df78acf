// The architectures that can be imported, each under its entry's name.
export { bert } from './bert.ts'
export { llama } from './llama.ts'
