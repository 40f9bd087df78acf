import { expect, test } from 'vitest'
import { encoder } from '../../../../shared/engine/families/encoder.ts'
import type { ReadyPrompt } from '../../../../shared/engine/families/family.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { float32 } from '../../../../shared/tensor.ts'
import { encoderInputs, encoderOutputs } from '../../../../trainer/import/blocks/encoder-interface.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const sizes = { vocabulary: 11, hidden: 6, layers: 3, heads: 2, keyValueHeads: 2, headSize: 3, context: 64 }
const rows = [{ inputIds: [1, 2] }, { inputIds: [3] }]
const behind = (length: number): ReadyPrompt => ({
  fed: { kind: 'prefix', prefix: { length, keyValues: new Float32Array(prefixElements(length, sizes)) } },
  positionOffset: 0,
  readout: 'mean',
})
const table: ReadyPrompt = { fed: { kind: 'table', table: float32([4, 6]) }, positionOffset: 4, readout: 'mean' }

test.each([
  ['a prefix', behind(5)],
  ['a table', table],
])('an encoder’s graph takes what its family feeds behind %s', (_, prompt) => {
  const b = new GraphBuilder()
  const inputs = encoderInputs(b, sizes)
  expect([...b.build().inputs].sort()).toEqual([...encoder.inputs(sizes)].sort())
  expect(inputs.layers).toHaveLength(3)
  for (const [name, { type, dims }] of Object.entries(encoder.feeds(rows, [prompt], sizes))) {
    expect(b.typeOf(name).type, name).toBe(type)
    expect(b.shapeOf(name), name).toHaveLength(dims.length)
    for (const [axis, dim] of b.shapeOf(name).entries()) if (typeof dim === 'number') expect(dim, name).toBe(dims[axis])
  }
})

test('the lengths of its axes are those of what is fed', async () => {
  const lengths = await runBlock(
    (b) => {
      const { T, S } = encoderInputs(b, sizes)
      return [T, S]
    },
    encoder.feeds(rows, [behind(20)], sizes),
  )
  expect(lengths.map(({ numbers }) => numbers)).toEqual([[16], [32]])
})

test('hidden is what the readout takes of each row, and is all that the graph gives', async () => {
  const texts = [{ inputIds: [1, 2, 3] }, { inputIds: [4] }]
  const [H, T] = [sizes.hidden, 16]
  const x = randomTensor(seededRandom(2), texts.length, T, H)
  const given = await runBlock(
    (b) => {
      const inputs = encoderInputs(b, sizes)
      encoderOutputs(b, inputs, b.input('x', 'float32', ['B', 'T', H]))
      expect(b.build().outputs).toEqual(['hidden'])
      return ['hidden']
    },
    { ...encoder.feeds(texts, [{ fed: null, positionOffset: 0, readout: 'mean' }], sizes), x },
  )
  expect(given[0]).toMatchObject({ shape: ['B', 'K', H], dims: [2, 1, H] })
  const wanted = texts.flatMap(({ inputIds: { length } }, b) =>
    Array.from(
      { length: H },
      (_, h) => Array.from({ length }, (_, t) => x.data[(b * T + t) * H + h]!).reduce((sum, v) => sum + v) / length,
    ),
  )
  expect(relativeError(given[0]!.numbers, wanted)).toBeLessThan(1e-6)
})
