import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'

/** The backend that is loaded where SOFTPROMPT_TFJS says this. */
async function loaded(wanted: string | undefined) {
  vi.resetModules() // it is chosen once a process
  vi.stubEnv('SOFTPROMPT_TFJS', wanted)
  const { loadTensorFlow } = await import('../../trainer/tensorflow.ts')
  return loadTensorFlow()
}
afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules() // what is loaded behind this chooses for itself
})

const native = (() => {
  try {
    return createRequire(import.meta.url).resolve('@tensorflow/tfjs-node') !== ''
  } catch {
    return false
  }
})()

test.each([undefined, '', 'javascript'])('a backend is loaded that computes (SOFTPROMPT_TFJS is %j)', async (wanted) => {
  const { tf, backend } = await loaded(wanted)
  if (wanted) expect(backend).toBe(wanted)
  expect(tf.getBackend()).toBe(backend === 'native' ? 'tensorflow' : 'cpu')
  const { value, grad } = tf.tidy(() => {
    const x = tf.tensor1d([1, 2, 3])
    const square = (each: ReturnType<typeof tf.tensor1d>) => tf.sum(tf.square(each)).asScalar()
    return {
      value: square(x).dataSync()[0],
      grad: Array.from(
        tf
          .grad(square as never)(x)
          .dataSync(),
      ),
    }
  })
  expect({ value, grad }).toEqual({ value: 14, grad: [2, 4, 6] })
})

test('it is loaded once', async () => {
  vi.resetModules()
  const { loadTensorFlow } = await import('../../trainer/tensorflow.ts')
  expect(await loadTensorFlow()).toBe(await loadTensorFlow())
})

test.skipIf(native)('a native backend that is insisted on and is not there is an error that says what to do', async () => {
  await expect(loaded('native')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/native backend is not installed .*SOFTPROMPT_TFJS unset\.$/),
  })
})

test.each(['Javascript', 'gpu'])('a backend that is not known is refused by name (%j)', async (wanted) => {
  await expect(loaded(wanted)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(new RegExp(`SOFTPROMPT_TFJS is "${wanted}", and native and javascript are supported here`)),
  })
})
