import { describe, expect, test } from 'vitest'
import { excerpt, located, SoftPromptError } from '../../shared/error.ts'

test('a failure carries its code, its field and its cause', () => {
  const cause = new Error('the disk is away')
  const error = new SoftPromptError('storage', 'Cannot read it.', { param: 'models[0]', cause })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'SoftPromptError', code: 'storage', message: 'Cannot read it.', param: 'models[0]', cause })
  expect(new SoftPromptError('usage', 'No.').param).toBeNull()
})

describe('located', () => {
  test('gives what the work gives', async () => {
    expect(await located(Promise.resolve(7), 'texts[3]')).toBe(7)
  })

  test('puts its field in the place of the failure’s own, and keeps the failure as the cause', async () => {
    const cause = new SoftPromptError('invalid_data', 'Cannot use the text.', { param: 'text' })
    await expect(located(Promise.reject(cause), 'texts[3]')).rejects.toMatchObject({
      code: 'invalid_data',
      message: 'Cannot use the text.',
      param: 'texts[3]',
      cause,
    })
  })

  test('leaves any other failure as it came', async () => {
    const bug = new TypeError('a bug')
    await expect(located(Promise.reject(bug), 'texts[3]')).rejects.toBe(bug)
  })
})

describe('excerpt', () => {
  test('keeps what is short, text as it is and all else as JSON', () => {
    expect(excerpt('a "text"')).toBe('a "text"')
    expect(excerpt(['a', 1, null])).toBe('["a",1,null]')
    expect(excerpt(undefined)).toBe('undefined')
    expect(excerpt(Number.NaN)).toBe('null')
  })

  test('cuts what is long to the length, and marks the cut', () => {
    expect(excerpt('x'.repeat(80))).toBe('x'.repeat(80))
    expect(excerpt('x'.repeat(81))).toBe(`${'x'.repeat(79)}…`)
    expect(excerpt('abcdef', 3)).toBe('ab…')
  })

  test('leaves no half of a character at the cut', () => {
    expect(excerpt('ab🙂cdef', 4)).toBe('ab…')
    expect(excerpt('ab🙂cdef', 5)).toBe('ab🙂…')
  })

  test('names the kind of what nests too deeply, or in itself', () => {
    let deep: unknown[] = []
    for (let i = 0; i < 20_000; i++) deep = [deep]
    expect(excerpt(deep)).toBe('[object Array]')
    const round: Record<string, unknown> = {}
    round.self = round
    expect(excerpt(round)).toBe('[object Object]')
  })
})
