import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultPrompt } from '../../../../trainer/import/sources/default-prompt.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'

const folder = temporaryFolder()

/** A folder of sentence-transformers' with such a configuration. */
function folderOf(config: unknown): string {
  const directory = mkdtempSync(join(folder, 'model-'))
  writeFileSync(join(directory, 'config_sentence_transformers.json'), JSON.stringify(config))
  return directory
}

const prompts = { query: 'query: ', document: '' }

test('words before each text are warned of, with the template that puts them there', () => {
  expect(defaultPrompt(folderOf({ prompts, default_prompt_name: 'query' }), false)).toMatch(
    /behind the words "query: " \(prompt query of .*config_sentence_transformers\.json\), .* train with --template "query: \{text\}"\.$/,
  )
})

test('pooling that leaves those words out is told of: a template does not', () => {
  expect(defaultPrompt(folderOf({ prompts, default_prompt_name: 'query' }), true)).toMatch(
    /--template "query: \{text\}"\. That is not exactly the same: its pooling \(include_prompt is false\) leaves/,
  )
})

test.each<[string, unknown]>([
  ['none is the default', { prompts, default_prompt_name: null }],
  ['the default is empty', { prompts, default_prompt_name: 'document' }],
  ['older configurations know none', { __version__: { sentence_transformers: '2.0.0' } }],
])('nothing is warned of where %s', (_, config) => {
  expect(defaultPrompt(folderOf(config), false)).toBe(null)
})

test('nothing is warned of where there is no configuration', () => {
  expect(defaultPrompt(checkpointOf('minilm-st'), false)).toBe(null)
})

test.each<[string, unknown, RegExp]>([
  [
    'a name that it has not',
    { prompts, default_prompt_name: 'toString' },
    /default_prompt_name is "toString", and its prompts have no such/,
  ],
  ['a name and no prompts', { default_prompt_name: 'query' }, /default_prompt_name is "query"/],
  ['a prompt that is no text', { prompts: { query: 7 }, default_prompt_name: 'query' }, /field prompts\.query is wrong/],
])('%s is refused', (_, config, message) => {
  expect(() => defaultPrompt(folderOf(config), false)).toThrow(
    expect.objectContaining({ code: 'invalid_model', message: expect.stringMatching(message) }),
  )
})
