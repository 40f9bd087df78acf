/**
 * What a thread runs: it opens the graph in a folder, whose path ONNX Runtime needs for the weights beside it, and answers one run after
 * another. A script and not a module, since Node starts threads from JavaScript alone, and what is bundled has no file of its own.
 */
export const threadScript = `
const { parentPort, workerData } = require('node:worker_threads')
const { createRequire } = require('node:module')
const { InferenceSession, Tensor } = createRequire(workerData.origin)('onnxruntime-node')
const bare = ({ type, dims, data }) => ({ type, dims, data })
const opened = InferenceSession.create(workerData.graph, workerData.options)
opened.then(({ inputNames }) => parentPort.postMessage({ inputs: inputNames }), ({ message }) => parentPort.postMessage({ error: message }))
parentPort.on('message', async ({ id, feeds, wanted }) => {
  try {
    const session = await opened
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]))
    const results = await session.run(tensors, wanted)
    const outputs = Object.fromEntries(wanted.map((name) => [name, bare(results[name])]))
    parentPort.postMessage({ id, outputs })
  } catch ({ message }) {
    parentPort.postMessage({ id, error: message })
  }
})
`
