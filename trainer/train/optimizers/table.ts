export { adafactor } from './adafactor.ts'
export { adamw } from './adamw.ts'
