import { expect, test } from 'vitest'
import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { StoredPrompt } from '../../../shared/formats/peft.ts'
import { float32, type Tensors } from '../../../shared/tensor.ts'
import type { Step, StepRow } from '../../../trainer/autodiff/step.ts'
import { StepSum } from '../../../trainer/autodiff/step-sum.ts'
import { gradientName } from '../../../trainer/autodiff/training-graph.ts'

const sizes = { hidden: 2, layers: 1, keyValueHeads: 1, headSize: 2 } as ModelSizes
const sumOf = (fed: StoredPrompt | null) => new StepSum({ prompt: { fed } } as Step)
const row = (weight: number, feeds: StepRow['feeds'] = {}): StepRow => ({ inputIds: [1], weight, feeds })
const numbers = (...values: number[]) => Float32Array.from(values)
const losses = float32([2], numbers(0.5, 2))

test('a loss is the sum of its rows’, each as its weight counts', () => {
  const sum = sumOf(null)
  for (const [b, weight] of [0.25, 0.5].entries())
    sum.add(row(weight), b, { losses }, { losses: 'losses', learned: [], moved: [], place: 0, sizes })
  expect([sum.loss, sum.fed, sum.learned]).toEqual([0.25 * 0.5 + 0.5 * 2, null, {}])
})

test('what is learned besides is summed as far as the row itself goes', () => {
  const outputs: Tensors = { losses, [gradientName('bias')]: float32([2, 3], numbers(1, 2, 99, 10, 20, 99)) }
  const sum = sumOf(null)
  const feeds = { bias: float32([2], numbers(0, 0)) } // the third is of another task's third label
  for (const b of [0, 1, 1]) sum.add(row(1, feeds), b, outputs, { losses: 'losses', learned: ['bias'], moved: [], place: 0, sizes })
  expect(sum.learned).toEqual({ bias: numbers(21, 42) })
})

test('the gradient of a table is taken from where its virtual tokens stand in the batch’s', () => {
  const outputs: Tensors = { losses, [gradientName('table')]: float32([3, 2], numbers(1, 2, 3, 4, 5, 6)) }
  const fed = { kind: 'table', table: float32([1, 2], numbers(7, 7)) } as const
  const sum = sumOf(fed)
  for (const place of [0, 2]) sum.add(row(1), 0, outputs, { losses: 'losses', learned: [], moved: ['table'], place, sizes })
  expect(sum.fed).toEqual({ kind: 'table', table: float32([1, 2], numbers(1 + 5, 2 + 6)) })
  expect(fed.table.data).toEqual(numbers(7, 7)) // and the prompt is not what is summed into
})

test('the gradient of a prefix is that of its own positions, of keys and then of values', () => {
  const gradient = (...values: number[]) => float32([2, 1, 2, 2], numbers(...values)) // [N, kv heads, length, head size]
  const outputs: Tensors = {
    losses,
    [gradientName('keys')]: gradient(1, 2, 99, 99, 3, 4, 99, 99),
    [gradientName('values')]: gradient(5, 6, 99, 99, 7, 8, 99, 99),
  }
  const sum = sumOf({ kind: 'prefix', prefix: { length: 1, keyValues: new Float32Array(4) } })
  for (const b of [0, 1]) sum.add(row(1), b, outputs, { losses: 'losses', learned: [], moved: ['keys', 'values'], place: 0, sizes })
  expect(sum.fed).toEqual({ kind: 'prefix', prefix: { length: 1, keyValues: numbers(4, 6, 12, 14) } })
})
