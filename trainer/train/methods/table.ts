export { prefix } from './prefix.ts'
export { probe } from './probe.ts'
export { prompt } from './prompt.ts'
