// The architectures that can be imported, each under its entry's name.
export { llama } from './llama.ts'
