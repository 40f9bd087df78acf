import { expect, test } from 'vitest'
import { tokenizerIds } from '../../../../trainer/import/sources/tokenizer-ids.ts'

test.each<[string, unknown, number[]]>([
  ['pieces with their ids', { model: { vocab: { a: 0, b: 3 } } }, [0, 3]],
  [
    'a list of pieces',
    {
      model: {
        vocab: [
          ['a', -1],
          ['b', -2],
        ],
      },
      added_tokens: null,
    },
    [0, 1],
  ],
  ['tokens added to them, some of them again', { model: { vocab: { a: 0 } }, added_tokens: [{ id: 0 }, { id: 7 }] }, [0, 7]],
])('a tokenizer has the ids of %s', (_, tokenizer, ids) => {
  expect([...tokenizerIds(JSON.stringify(tokenizer), 'tokenizer.json')]).toEqual(ids)
})

test('what is no tokenizer is refused', () => {
  expect(() => tokenizerIds('{"model": {}}', 'it')).toThrow(/Cannot read it: field model\.vocab is wrong/)
})
