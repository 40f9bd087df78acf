import { expect, test } from 'vitest'
import { int64 } from '../../../../shared/tensor.ts'
import { vocabularyScores } from '../../../../trainer/import/blocks/vocabulary-scores.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { linear, randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const [B, K, H, V] = [2, 3, 6, 11]
const random = seededRandom(3)
const [hidden, head] = [randomTensor(random, B, K, H), randomTensor(random, V, H)]

const scores = async (rows: readonly number[]) =>
  (
    await runBlock(
      (b, weights) => [vocabularyScores(b, weights, b.input('hidden', 'float32', ['B', 'K', H]), b.input('rows', 'int64', ['M']), 'head')],
      { hidden, rows: int64([rows.length], BigInt64Array.from(rows, BigInt)) },
      { head },
    )
  )[0]!

test('the scores of the answers that are asked for, in the order asked', async () => {
  const rows = [5, 0, 5, 2]
  const logits = await scores(rows)
  expect(logits).toMatchObject({ shape: ['M', V], dims: [4, V] })
  const wanted = linear(rows.flatMap((row) => Array.from(hidden.data.subarray(row * H, (row + 1) * H))), head) // biome-ignore format: one thought
  expect(relativeError(logits.numbers, wanted)).toBeLessThan(1e-6)
})

test('none where none is asked for: a run for the hidden states pays nothing for the vocabulary', async () => {
  expect(await scores([])).toMatchObject({ dims: [0, V], data: new Float32Array() })
})
