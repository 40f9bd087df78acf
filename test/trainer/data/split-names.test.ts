import { expect, test } from 'vitest'
import { splitNamed } from '../../../trainer/data/split-names.ts'

test.each([
  ['train.csv', 'train'],
  ['TRAIN-00000-of-00002.parquet', 'train'],
  ['support_training_v2.jsonl', 'train'],
  ['validation-00000-of-00001.parquet', 'dev'],
  ['dev.tsv', 'dev'],
  ['val', 'dev'],
  ['my.test.json', 'test'],
  ['trainer.csv', null],
  ['latest.csv', null],
  ['data', null],
])('%s is of split %s', (name, split) => {
  expect(splitNamed(name)).toBe(split)
})
