import { expect, test } from 'vitest'
import { decoder } from '../../../../shared/engine/families/decoder.ts'
import { int64, type Tensors } from '../../../../shared/tensor.ts'
import { answerIndex, atAnswers, positionsOfAnswers } from '../../../../trainer/import/blocks/answer-positions.ts'
import { decoderInputs } from '../../../../trainer/import/blocks/decoder-interface.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { behind } from '../../../fixtures/model-session.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const sizes = { vocabulary: 11, hidden: 6, layers: 1, heads: 2, keyValueHeads: 1, headSize: 2, context: 64 }
const rows = [
  { inputIds: [1, 2, 3], positions: [2, 0] },
  { inputIds: [4], positions: [0, 0] },
  { inputIds: Array.from({ length: 20 }, (_, i) => i % 11), positions: [19, 7] },
]
const T = 32 // the longest row, rounded up
const feeds: Tensors = decoder.feeds(rows, [behind(null)], sizes)
const answers = rows.flatMap(({ positions }, b) => positions.map((position) => ({ b, position })))

test('answers are counted over the whole batch, padding included', async () => {
  const [index] = await runBlock((b) => [answerIndex(b, decoderInputs(b, sizes))], feeds)
  expect(index!.shape).toEqual(['B', 'K'])
  expect(index!.dims).toEqual([3, 2])
  expect(index!.numbers).toEqual(answers.map(({ b, position }) => b * T + position))
})

test('vectors and positions are taken where the answers are', async () => {
  const value = randomTensor(seededRandom(3), 3, T, sizes.hidden)
  const positionIds = int64([3, T], BigInt64Array.from({ length: 3 * T }, (_, i) => BigInt(100 + i))) // biome-ignore format: one thought
  const [vectors, positions] = await runBlock(
    (b) => {
      const inputs = decoderInputs(b, sizes)
      const index = answerIndex(b, inputs)
      const x = b.input('x', 'float32', ['B', 'T', sizes.hidden])
      return [atAnswers(b, x, index), positionsOfAnswers(b, inputs.positionIds, index)]
    },
    { ...feeds, x: value, position_ids: positionIds },
  )
  expect(vectors).toMatchObject({ shape: ['B', 'K', sizes.hidden], dims: [3, 2, sizes.hidden] })
  const wanted = answers.flatMap(({ b, position }) => {
    const from = (b * T + position) * sizes.hidden
    return Array.from(value.data.subarray(from, from + sizes.hidden))
  })
  expect(vectors!.numbers).toEqual(wanted)
  expect(positions).toMatchObject({ shape: ['B', 'K'], dims: [3, 2] })
  expect(positions!.numbers).toEqual(answers.map(({ b, position }) => 100 + b * T + position))
})

test('no answers wanted are none given', async () => {
  const none = { ...feeds, answer_positions: int64([3, 0]), x: randomTensor(seededRandom(4), 3, T, sizes.hidden) }
  const [vectors] = await runBlock((b) => {
    const index = answerIndex(b, decoderInputs(b, sizes))
    return [atAnswers(b, b.input('x', 'float32', ['B', 'T', sizes.hidden]), index)]
  }, none)
  expect(vectors!.dims).toEqual([3, 0, sizes.hidden])
})
