export { accuracy } from './accuracy.ts'
export { loss } from './loss.ts'
export { macroF1 } from './macro-f1.ts'
export { majority } from './majority.ts'
