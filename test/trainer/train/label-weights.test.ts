import { expect, test } from 'vitest'
import { labelWeightsOf } from '../../../trainer/train/label-weights.ts'

const examples = [0, 0, 0, 1].map((right) => ({ inputIds: [1], right }))

test('balanced labels count as if all were as frequent', () => {
  expect(labelWeightsOf('balanced', ['a', 'b'], examples, false)).toEqual(Float32Array.of(4 / 6, 2)) // as scikit-learn's
  expect(labelWeightsOf(undefined, ['a', 'b'], examples, false)).toBeNull()
})

test('given weights are scaled so that examples count 1 on average', () => {
  const [a, b] = labelWeightsOf({ b: 5 }, ['a', 'b'], examples, false)!
  expect([3 * a! + b!, b! / a!]).toEqual([expect.closeTo(4, 5), expect.closeTo(5, 5)])
})

test('of an example whose label is known by probabilities each label counts a share', () => {
  const soft = [{ inputIds: [1], right: 0, probabilities: Float32Array.of(0.75, 0.25) }]
  expect(labelWeightsOf('balanced', ['a', 'b'], soft, false)).toEqual(Float32Array.of(1 / 1.5, 2))
})

test('of several labels a text they say what a label that is there counts beside one that is not', () => {
  const several = [[0], [0, 1], [0], []].map((right) => ({ inputIds: [1], right }))
  expect(labelWeightsOf('balanced', ['a', 'b'], several, true)).toEqual(Float32Array.of(1 / 3, 3))
  expect(labelWeightsOf({ a: 2 }, ['a', 'b'], several, true)).toEqual(Float32Array.of(2, 1))
})

test('a label that there is not is refused', () => {
  expect(() => labelWeightsOf({ c: 2 }, ['a', 'b'], examples, false)).toThrow(
    'Cannot use class weight c=2: there is no such label in the data (a, b).',
  )
})
