import { expect, test } from 'vitest'
import { nearestName } from '../../../trainer/project/nearest-name.ts'

test.each([
  ['tran', 'train'],
  ['trian', 'train'], // two letters exchanged are one mistake
  ['Train', 'train'],
  ['learning_rate', 'learningRate'],
  ['batchsize', 'batchSize'],
  ['colour', null],
  ['', null],
])('%s was meant to be %s', (name, wanted) => {
  expect(nearestName(name, ['test', 'train', 'learningRate', 'batchSize', 'verbalizers'])).toBe(wanted)
})
