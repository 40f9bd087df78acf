import { describe, expect, test } from 'vitest'
import { columns } from '../../../trainer/cli/columns.ts'

describe('a table', () => {
  test('has columns as wide as their widest cell or their title, and no spaces at the ends of its lines', () => {
    const rows = [
      ['spam', '2', 'ab'],
      ['a-longer-name', '31', ''],
      ['', '', 'abcd-ef'],
    ]
    expect(columns(['TASK', 'LABELS', 'LIVE'], rows).split('\n')).toEqual([
      'TASK           LABELS  LIVE',
      'spam           2       ab',
      'a-longer-name  31',
      '                       abcd-ef',
    ])
  })

  test('may have rows that end early, and no rows', () => {
    expect(columns(['A', 'B', 'C'], [['aa'], ['a', 'bb', 'c']])).toBe('A   B   C\naa\na   bb  c')
    expect(columns(['A', 'B'], [])).toBe('A  B')
  })
})
