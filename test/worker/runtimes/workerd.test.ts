import { expect, it } from 'vitest'
import { decoder } from '../../../shared/engine/families/decoder.ts'
import { openWorkerdSession, wasmMemoryBytes } from '../../../worker/runtimes/workerd.ts'
import { decoderFiles, modelCard } from '../../fixtures/worker/bucket.ts'

const { 'model.onnx': graph, 'model.onnx.data': weights } = decoderFiles
const feeds = (length: number) =>
  decoder.feeds(
    [{ inputIds: Array.from({ length }, (_, t) => 100 + 7 * t) }],
    [{ fed: null, positionOffset: 0, readout: 'last' }],
    modelCard.sizes,
  )

it('gives the same whether its runs are asked one after another or at once, also of two sessions', async () => {
  const first = await openWorkerdSession(graph, weights)
  const second = await openWorkerdSession(graph, weights)
  const lengths = [3, 40, 16, 5, 70, 20]
  const inTurn = []
  for (const length of lengths) inTurn.push(await first.run(feeds(length), ['hidden']))
  const atOnce = await Promise.all(lengths.map((length, n) => (n % 2 === 0 ? first : second).run(feeds(length), ['hidden'])))
  expect(atOnce).toEqual(inTurn)
  expect(inTurn[0]?.hidden).toMatchObject({ type: 'float32', dims: [1, 1, modelCard.sizes.hidden] })
  expect(inTurn[0]?.hidden).not.toEqual(inTurn[1]?.hidden)
  await first.release()
  await expect(first.run(feeds(3), ['hidden'])).rejects.toThrow()
  expect(await second.run(feeds(3), ['hidden'])).toEqual(inTurn[0])
  await second.release()
})

it('gives the same with every way of using memory', async () => {
  const wanted = await (await openWorkerdSession(graph, weights)).run(feeds(30), ['hidden'])
  for (const options of [
    { prepacking: true, arena: false },
    { prepacking: false, arena: true },
  ]) {
    expect(await (await openWorkerdSession(graph, weights, options)).run(feeds(30), ['hidden'])).toEqual(wanted)
  }
})

it('goes on after a graph that is none, a failed run and weights that are cut', async () => {
  await expect(openWorkerdSession(new Uint8Array(10), weights)).rejects.toThrow()
  await expect(openWorkerdSession(graph, weights.slice(0, 1000))).rejects.toThrow()
  const session = await openWorkerdSession(graph, weights)
  const { input_ids: _, ...missing } = feeds(5)
  await expect(session.run(missing, ['hidden'])).rejects.toThrow()
  expect(await session.run(feeds(5), ['hidden'])).toHaveProperty('hidden')
})

it('tells how much memory WASM has', () => {
  expect(wasmMemoryBytes()).toBeGreaterThan(weights.length)
  expect(wasmMemoryBytes() % 65536).toBe(0)
})

it('leaves WebAssembly.instantiate as it was for others', async () => {
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
  await expect(WebAssembly.instantiate(empty)).rejects.toThrow(/code generation/i)
})
