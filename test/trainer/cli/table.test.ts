import { describe, expect, test } from 'vitest'
import { modelNames, shortHash, table } from '../../../trainer/cli/table.ts'

describe('a table', () => {
  test('has columns as wide as their widest cell or their title, and no spaces at the ends of its lines', () => {
    const rows = [
      ['spam', '2', 'ab'],
      ['a-longer-name', '31', ''],
      ['', '', 'abcd-ef'],
    ]
    expect(table(['TASK', 'LABELS', 'LIVE'], rows).split('\n')).toEqual([
      'TASK           LABELS  LIVE',
      'spam           2       ab',
      'a-longer-name  31',
      '                       abcd-ef',
    ])
  })

  test('may have rows that end early, and no rows', () => {
    expect(table(['A', 'B', 'C'], [['aa'], ['a', 'bb', 'c']])).toBe('A   B   C\naa\na   bb  c')
    expect(table(['A', 'B'], [])).toBe('A  B')
  })
})

test('the hash of a package is said by its first 12 digits', () => {
  expect(shortHash('0123456789abcdef'.repeat(4))).toBe('0123456789ab')
})

test('models are named with their weight formats', () => {
  expect(modelNames({ int8: 'a'.repeat(64), float32: 'b'.repeat(64) })).toBe('model aaaaaaaaaaaa (int8), model bbbbbbbbbbbb (float32)')
})
