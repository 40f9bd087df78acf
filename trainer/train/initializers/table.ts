export { labels } from './labels.ts'
export { random } from './random.ts'
export { text } from './text.ts'
export { vocabulary } from './vocabulary.ts'
