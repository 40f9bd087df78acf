export { prefix } from './prefix.ts'
export { prompt } from './prompt.ts'
