export { files } from './files.ts'
export { load } from './load.ts'
export { schema } from './schema.ts'
export { sockets } from './sockets.ts'
