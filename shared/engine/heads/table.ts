export { softmaxHead as softmax } from './softmax.ts'
