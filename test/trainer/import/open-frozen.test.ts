import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prefixElements } from '../../../shared/formats/prefix.ts'
import { float32 } from '../../../shared/tensor.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { readOnnx } from '../../../trainer/onnx/read.ts'
import { type OpenSession, openNodeSession, type SessionOptions } from '../../../trainer/runtime.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { openWasmSession } from '../../fixtures/wasm-session.ts'

const folder = temporaryFolder()
const model = await imported(checkpointOf('gqa-tied'), 'int8', folder)
const rows = [{ inputIds: [1, 2, 3] }]

test('the package’s graph is opened beside its weights, on as many threads as wanted', async () => {
  const told: SessionOptions[] = []
  const open: OpenSession = (graph, options) => {
    told.push(options)
    expect(readOnnx(graph, 'it')).toEqual(model.graph)
    return openNodeSession(graph, options)
  }
  const [one, all] = [await openFrozen(model, { threads: 1 }, open), await openFrozen(model, {}, open)]
  expect(told).toEqual([{ directory: model.directory, threads: 1 }, { directory: model.directory }])
  const [hidden] = await one.hidden(rows, [one.unprompted])
  expect(hidden).toHaveLength(model.card.sizes.hidden)
  expect(hidden!.every(Number.isFinite)).toBe(true)
  for (const frozen of [one, all]) await frozen.close()
})

test('another door to ONNX Runtime may open it', async () => {
  const [own, other] = [await openFrozen(model, { threads: 1 }), await openFrozen(model, {}, openWasmSession)]
  const [here] = await own.hidden(rows, [own.unprompted])
  const [there] = await other.hidden(rows, [other.unprompted])
  for (const [i, value] of there!.entries()) expect(value).toBeCloseTo(here![i]!, 3)
  for (const frozen of [own, other]) await frozen.close()
})

test('a package whose weights are gone is refused as a model, with what to do', async () => {
  const gone = await imported(checkpointOf('mha-untied'), 'int8', folder)
  rmSync(join(gone.directory, 'model.onnx.data'))
  await expect(openFrozen(gone)).rejects.toMatchObject({
    code: 'invalid_model',
    message: expect.stringMatching(/Cannot load model mha-untied: ONNX Runtime refuses its graph .*Import it again\./),
  })
})

test('a graph that is served without its keys and values gives them here, for a prefix to begin as', async () => {
  const encoder = await imported(checkpointOf('minilm-st'), 'float32', folder)
  expect(encoder.graph.outputs).toEqual(['hidden'])
  const frozen = await openFrozen(encoder, { threads: 1 })
  const { hidden: H } = encoder.card.sizes
  const { length, keyValues } = await frozen.compile(float32([2, H], encoder.inputRows([7, 8])))
  expect(length).toBe(2)
  expect(keyValues).toHaveLength(prefixElements(2, encoder.card.sizes))
  expect(keyValues.every(Number.isFinite) && keyValues.some((value) => value !== 0)).toBe(true)
  await frozen.close()
})
