import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shippedExamples } from '../../../trainer/cli/defaults.ts'
import { invocation, next, quoted, testFileBeside, textToTry } from '../../../trainer/cli/next.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()

test.each(['plain', 'models/a-b_c.d', "it's", '"two" words', '$HOME `ls` \\ !x', '', '-x;rm', 'ü ☃', 'a\nb', '*'])(
  'a shell reads %j back as it was',
  (word) => {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${quoted(word)}`]).toString()).toBe(word)
  },
)

test('the commands stand on lines of their own, called as this program was', () => {
  expect(next(['publish', 'runs/my task'], ['list'])).toBe(`Next:\n  ${invocation()} publish 'runs/my task'\n  ${invocation()} list`)
  expect(invocation({ env: { npm_lifecycle_event: 'npx' }, argv: ['node', '/x/softprompt'] })).toBe('npx softprompt')
  expect(invocation({ env: {}, argv: ['node', '/usr/bin/softprompt'] })).toBe('softprompt')
  expect(invocation({ env: {}, argv: ['node', join(process.cwd(), 'dist/cli/softprompt.js')] })).toBe('node dist/cli/softprompt.js')
})

test('the text to try is a short one of the examples, and never an option', () => {
  const examples = ['x'.repeat(81), 'a\u001b[2J', '--json', 'Where is my refund?', 'Later'].map((text) => ({ text }))
  expect(textToTry(examples)).toBe('Where is my refund?')
  expect(textToTry([])).toBe('Hello.')
})

describe('files beside others', () => {
  test('of tests are found by their name', () => {
    const at = (name: string) => join(folder, name)
    for (const name of ['a-train.csv', 'a-test.csv', 'train.jsonl']) writeFileSync(at(name), '')
    expect(testFileBeside(at('a-train.csv'))).toBe(at('a-test.csv'))
    expect(testFileBeside(at('train.jsonl'))).toBe(null)
    expect(testFileBeside(at('a-test.csv'))).toBe(null)
  })

  test('of examples come with the project', () => {
    expect(shippedExamples('sentiment')).toBe('examples/sentiment/train.jsonl')
  })
})
