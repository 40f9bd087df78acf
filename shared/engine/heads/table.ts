export { sigmoidHead as sigmoid } from './sigmoid.ts'
export { softmaxHead as softmax } from './softmax.ts'
