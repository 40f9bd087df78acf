/**
 * What a thread runs: it opens graphs in folders, whose paths ONNX Runtime needs for the weights beside them, and answers one run after
 * another. A script and not a module, since Node starts threads from JavaScript alone, and what is bundled has no file of its own.
 */
export const threadScript = `
const { parentPort, workerData } = require('node:worker_threads')
const { createRequire } = require('node:module')
const { InferenceSession, Tensor } = createRequire(workerData.origin)('onnxruntime-node')
const sessions = new Map()
const bare = ({ type, dims, data }) => ({ type, dims, data })
const operations = {
  async open({ session, graph, options }) {
    const opened = await InferenceSession.create(graph, options)
    sessions.set(session, opened)
    return opened.inputNames
  },
  async run({ session, feeds, wanted }) {
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]))
    const results = await sessions.get(session).run(tensors, wanted)
    return Object.fromEntries(wanted.map((name) => [name, bare(results[name])]))
  },
  async release({ session }) {
    await sessions.get(session)?.release()
    sessions.delete(session)
  },
}
parentPort.on('messageerror', (error) => {
  throw error // of what cannot be read nobody can be answered
})
parentPort.on('message', async ({ id, operation, args }) => {
  try {
    parentPort.postMessage({ id, value: await operations[operation](args) })
  } catch ({ message }) {
    parentPort.postMessage({ id, error: message })
  }
})
`
