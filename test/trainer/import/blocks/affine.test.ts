import { expect, test } from 'vitest'
import { affine } from '../../../../trainer/import/blocks/affine.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { linear, randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const [inputs, outputs] = [6, 4]
const random = seededRandom(11)
const tensors = { 'dense.weight': randomTensor(random, outputs, inputs), 'dense.bias': randomTensor(random, outputs) }

test.each([1, 0.5])('a row is multiplied by the weight and moved by the bias, both times %d', async (scale) => {
  const x = randomTensor(random, 2, 3, inputs)
  const [y] = await runBlock(
    (b, weights) => [affine(b, weights, b.input('x', 'float32', ['B', 'T', inputs]), 'dense', scale)],
    { x },
    tensors,
  )
  const wanted = linear(x.data, tensors['dense.weight']).map((value, i) => scale * (value + tensors['dense.bias'].data[i % outputs]!))
  expect(y).toMatchObject({ shape: ['B', 'T', outputs], dims: [2, 3, outputs] })
  expect(relativeError(y!.numbers, wanted)).toBeLessThan(1e-6)
})
