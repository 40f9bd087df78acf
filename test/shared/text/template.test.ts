import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compileTemplate } from '../../../shared/text/template.ts'
import { loadTokenizer } from '../../../shared/text/tokenizer.ts'
import { seededRandom } from '../../../trainer/random.ts'

const encode = loadTokenizer(readFileSync('models/tiny-lm/tokenizer.json', 'utf8'), 'models/tiny-lm/tokenizer.json', 8192)
const tokens = { before: [0], after: [] }

describe('a template', () => {
  test('puts the bos, its own two parts and the text in a row', () => {
    const { inputIds, truncated } = compileTemplate('Review: {text} It was', encode, tokens, 64)('a fine film')
    expect(inputIds).toEqual([0, ...encode('Review: '), ...encode('a fine film'), ...encode(' It was')])
    expect(truncated).toBe(false)
  })

  test('puts no bos where the model wants none', () => {
    expect(compileTemplate('{text}', encode, { before: [], after: [] }, 64)('abc').inputIds).toEqual(encode('abc'))
  })

  test('of any length never makes a row too long, and never loses a part of its own', () => {
    const random = seededRandom(8)
    const words = ['the', ' cat', ' sat', 'on', '  ', '\n', 'Ünï', '🙂', '中文', ' 12', '.']
    const text = (length: number) => Array.from({ length }, () => words[Math.floor(random() * words.length)]!).join('')
    for (let i = 0; i < 300; i++) {
      const [before, after] = [text(Math.floor(random() * 5)), text(Math.floor(random() * 5))]
      const [head, tail] = [[0, ...encode(before)], encode(after)]
      const maxTokens = head.length + tail.length + 1 + Math.floor(random() * 20)
      const whole = text(Math.floor(random() * 40))
      const { inputIds, truncated } = compileTemplate(`${before}{text}${after}`, encode, tokens, maxTokens)(whole)
      const room = maxTokens - head.length - tail.length
      expect(inputIds.length).toBeLessThanOrEqual(maxTokens)
      expect(inputIds).toEqual([...head, ...encode(whole).slice(0, room), ...tail])
      expect(truncated).toBe(encode(whole).length > room)
    }
  })

  test('that leaves a text no room is refused; one token of room is enough', () => {
    const template = 'one two {text} three'
    const own = 1 + encode('one two ').length + encode(' three').length
    expect(() => compileTemplate(template, encode, tokens, own)).toThrow(
      expect.objectContaining({ code: 'invalid_prompt', param: 'template' }),
    )
    expect(compileTemplate(template, encode, tokens, own + 1)('a b c d').inputIds.length).toBe(own + 1)
  })

  test('refuses a row of nothing', () => {
    const compiled = compileTemplate('{text}', encode, { before: [], after: [] }, 64)
    expect(() => compiled('')).toThrow(expect.objectContaining({ code: 'invalid_data', message: expect.stringContaining('no tokens') }))
  })

  test('reads no more of an endless text than can matter', () => {
    const compiled = compileTemplate('{text} It was', encode, tokens, 16)
    const text = 'word '.repeat(100_000)
    const start = compiled(text.slice(0, 400))
    expect(compiled(text)).toEqual(start)
    expect(compiled('half a pair \ud83d').truncated).toBe(false)
    expect(compiled(`${' '.repeat(415)}🙂${' '.repeat(9)}`).truncated).toBe(true) // cut within the pair
  })

  test('takes an empty text, and one that looks like a template', () => {
    const compiled = compileTemplate('{text} It was', encode, tokens, 64)
    expect(compiled('').inputIds).toEqual([0, ...encode(' It was')])
    expect(compiled('{text}').inputIds).toEqual([0, ...encode('{text}'), ...encode(' It was')])
  })
})
