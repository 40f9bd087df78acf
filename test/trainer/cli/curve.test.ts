import { expect, test } from 'vitest'
import { curve } from '../../../trainer/cli/curve.ts'

test.each([
  ['nothing', [], 8, ''],
  ['one value', [0.3], 8, '█'],
  ['values that rise', [0, 1 / 7, 2 / 7, 3 / 7, 4 / 7, 5 / 7, 6 / 7, 1], 8, '▁▂▃▄▅▆▇█'],
  ['values that do not move', [0.9, 0.9, 0.9], 8, '███'],
  ['noise', [0.9, 0.91, 0.905], 8, '▇██'],
  ['a fall', [0.9, 0.2], 8, '█▁'],
  ['more values than blocks, of which the last is kept', [0, 0, 0, 0, 0, 1], 3, '▁▁█'],
  ['no room', [0.1, 0.2], 0, ''],
])('the curve of %s', (_, values, width, expected) => {
  expect(curve(values, width)).toBe(expected)
})
