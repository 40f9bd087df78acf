import { expect, test } from 'vitest'
import { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { openFrozen } from '../../trainer/import/open-frozen.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import { writeOnnx } from '../../trainer/onnx/write.ts'
import { openWasmSession } from '../../trainer/wasm-runtime.ts'
import { openWasmSession as openHere } from '../fixtures/wasm-session.ts'

const opened = openModel('models/tiny-lm')
const { directory } = opened
const rows = [{ inputIds: [5, 9, 300] }, { inputIds: [7] }]

test('a session in a thread answers bit for bit as one in WebAssembly here, and tells its memory', async () => {
  const here = await openFrozen(opened, {}, openHere)
  const session = await openWasmSession(writeOnnx(opened.graph), { directory })
  const there = await FrozenModel.open(opened, async () => session)
  const fresh = await session.memoryBytes()
  expect(await there.hidden(rows, [there.unprompted])).toEqual(await here.hidden(rows, [here.unprompted]))
  expect(fresh).toBeGreaterThan(there.bytes) // the weights are in it
  await there.hidden(Array(64).fill({ inputIds: Array(64).fill(7) }), [there.unprompted])
  expect(await session.memoryBytes()).toBeGreaterThan(fresh)
  await Promise.all([here.close(), there.close()])
})

test('a graph that is none is refused, and a run that fails leaves the session as it was', async () => {
  await expect(openWasmSession(Uint8Array.of(1, 2, 3), { directory })).rejects.toMatchObject({
    code: 'invalid_model',
    message: expect.stringMatching(/^Cannot load the graph into WebAssembly: /),
  })
  const session = await openWasmSession(writeOnnx(opened.graph), { directory })
  await expect(session.run({}, ['hidden'])).rejects.toThrow()
  expect(await session.memoryBytes()).toBeGreaterThan(0)
  await session.release()
})
