export { decoder } from './decoder.ts'
