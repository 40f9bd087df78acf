export { classification } from './classification.ts'
export { multilabel } from './multilabel.ts'
