import type * as tfjs from '@tensorflow/tfjs'

/** TensorFlow.js with a backend that has been seen to work. */
export type TensorFlow = typeof tfjs
export type { Tensor, Variable } from '@tensorflow/tfjs'

type Backend = 'native' | 'javascript'

export interface LoadedTensorFlow {
  readonly tf: TensorFlow
  readonly backend: Backend
}

let loaded: Promise<LoadedTensorFlow> | undefined

/** The native backend where it is installed and runs an operation, else the one in JavaScript. SOFTPROMPT_TFJS names one to insist on. */
export function loadTensorFlow(): Promise<LoadedTensorFlow> {
  loaded ??= load(process.env.SOFTPROMPT_TFJS)
  return loaded
}

async function load(wanted: string | undefined): Promise<LoadedTensorFlow> {
  if (wanted !== 'javascript') {
    const native = await loadNative()
    if (native !== null) return { tf: native, backend: 'native' }
    if (wanted === 'native') throw new Error('the native TensorFlow.js backend is not installed or does not run here')
  }
  const module = await import('@tensorflow/tfjs')
  const tf = ('default' in module ? module.default : module) as TensorFlow
  tf.env().set('IS_NODE', false) // keeps TF.js from advertising tfjs-node on standard error
  await tf.setBackend('cpu')
  return { tf, backend: 'javascript' }
}

/** tfjs-node can load and still fail at its first operation (4.22 on Node 24), so one is run. */
async function loadNative(): Promise<TensorFlow | null> {
  try {
    const name = '@tensorflow/tfjs-node' // optional, and not there where its install failed
    const module = (await import(name)) as { default: TensorFlow }
    const tf = module.default
    const sum = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), tf.scalar(1)).dataSync())
    return tf.getBackend() === 'tensorflow' && sum[1] === 3 ? tf : null
  } catch {
    return null
  }
}
