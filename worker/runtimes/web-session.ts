import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-web'
import type { Session } from '../../shared/engine/session.ts'
import type { Tensor, Tensors } from '../../shared/tensor.ts'

/** A session of ONNX Runtime for the web, behind our interface. What is asked while it runs waits its turn. */
export function webSession(session: InferenceSession, OrtTensor: TensorConstructor): Session {
  return {
    inputs: session.inputNames,
    run: (feeds, wanted) => inTurn(() => run(session, OrtTensor, feeds, wanted)),
    release: () => inTurn(() => session.release()),
  }
}

async function run(session: InferenceSession, OrtTensor: TensorConstructor, feeds: Tensors, wanted: readonly string[]): Promise<Tensors> {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new OrtTensor(type, data, dims)]))
  const outputs = await session.run(inputs, wanted)
  return Object.fromEntries(wanted.map((name) => [name, ownTensor(outputs[name] as OrtTensor)]))
}

/**
 * ONNX Runtime awaits between taking a piece of its one WASM stack and giving it back: a run begun meanwhile, of any session, would
 * write over it. Nothing it awaits leaves the turn of the event loop, so a caller never waits here for another request's work.
 */
let last: Promise<void> = Promise.resolve()
export function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  const turn = last.then(work)
  last = turn.then(
    () => {},
    () => {},
  )
  return turn
}

function ownTensor({ type, data, dims }: OrtTensor): Tensor {
  if (type === 'float32') return { type, dims, data: data as Float32Array }
  if (type === 'int64') return { type, dims, data: data as BigInt64Array }
  throw new Error(`the graph gave an output of type ${type}`)
}
