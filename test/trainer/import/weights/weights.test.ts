import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Checkpoint } from '../../../../trainer/import/sources/checkpoint.ts'
import { int8 } from '../../../../trainer/import/weights/int8.ts'
import { WeightFile } from '../../../../trainer/import/weights/weight-file.ts'
import { weightsOf } from '../../../../trainer/import/weights/weights.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'

const checkpoint = new Checkpoint(checkpointOf('gqa-tied'))
const file = new WeightFile(join(temporaryFolder(), 'model.onnx.data'))
afterAll(() => {
  file.close()
  checkpoint.close()
})
const words = 'model.embed_tokens.weight'

test('keeps a table that is the output layer as well once, and in one way', () => {
  const writes: (() => void)[] = []
  const b = new GraphBuilder()
  const ids = b.input('ids', 'int64', ['B', 'T'])
  const weights = weightsOf(checkpoint, file, int8, (write) => writes.push(write))
  const x = weights.lookup(b, ids, { name: words, layout: 'columns' })
  expect(b.shapeOf(x)).toEqual(['B', 'T', 32])
  expect(b.shapeOf(weights.linear(b, x, words))).toEqual(['B', 'T', 300])
  expect(Array.from(b.build().initializers.keys()).filter((name) => name.startsWith(words))).toEqual([`${words}.scale`, words])
  expect(writes).toHaveLength(1)

  expect(() => weights.linear(b, x, words, 0.5)).toThrow(/is kept as columns, times 1 and cannot be kept as columns, times 0\.5/)
  expect(() => weights.lookup(b, ids, { name: words, layout: 'rows' })).toThrow(/cannot be kept as rows/)
})
