export { constant } from './constant.ts'
export { cosine } from './cosine.ts'
export { linear } from './linear.ts'
