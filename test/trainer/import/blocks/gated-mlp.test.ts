import { expect, test } from 'vitest'
import { gatedMlp } from '../../../../trainer/import/blocks/gated-mlp.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { linear, randomTensor, runBlock } from '../../../fixtures/run-block.ts'

test('down(SiLU(gate(x)) · up(x))', async () => {
  const random = seededRandom(3)
  const [H, I] = [6, 10]
  const tensors = { gate: randomTensor(random, I, H), up: randomTensor(random, I, H), down: randomTensor(random, H, I) }
  const x = randomTensor(random, 2, 3, H)
  const [y] = await runBlock(
    (b, weights) => [gatedMlp(b, weights, b.input('x', 'float32', ['B', 'T', H]), { gate: 'gate', up: 'up', down: 'down' })],
    { x },
    tensors,
  )
  const raised = linear(x.data, tensors.up)
  const opened = linear(x.data, tensors.gate).map((value, i) => (value / (1 + Math.exp(-value))) * raised[i]!)
  expect(y).toMatchObject({ shape: ['B', 'T', H], dims: [2, 3, H] })
  expect(relativeError(y!.numbers, linear(opened, tensors.down))).toBeLessThan(1e-5)
})
