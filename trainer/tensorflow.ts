import type * as tfjs from '@tensorflow/tfjs'
import { excerpt, SoftPromptError } from '../shared/error.ts'

/** TensorFlow.js with a backend that has been seen to work. */
export type TensorFlow = typeof tfjs
export type { Tensor, Variable } from '@tensorflow/tfjs'

const backends = ['native', 'javascript'] as const
type Backend = (typeof backends)[number]

export interface LoadedTensorFlow {
  readonly tf: TensorFlow
  readonly backend: Backend
}

let loaded: Promise<LoadedTensorFlow> | undefined

/**
 * The native backend where it is installed and runs an operation, else the one in JavaScript. SOFTPROMPT_TFJS names one to insist on:
 * throws `usage` where that is not known, or does not run here.
 */
export function loadTensorFlow(): Promise<LoadedTensorFlow> {
  loaded ??= load(process.env.SOFTPROMPT_TFJS).catch((error) => {
    loaded = undefined // the next call may be told otherwise
    throw error
  })
  return loaded
}

async function load(wanted = ''): Promise<LoadedTensorFlow> {
  const refuse = (why: string) => new SoftPromptError('usage', `Cannot load TensorFlow.js: ${why}.`)
  if (wanted !== '' && !backends.some((known) => known === wanted))
    throw refuse(`SOFTPROMPT_TFJS is ${excerpt(JSON.stringify(wanted))}, and ${backends.join(' and ')} are supported here`)
  if (wanted !== 'javascript') {
    const native = await loadNative()
    if (native !== null) return { tf: native, backend: 'native' }
    if (wanted === 'native')
      throw refuse(
        'its native backend is not installed or does not run here. Install @tensorflow/tfjs-node, or leave SOFTPROMPT_TFJS unset',
      )
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
