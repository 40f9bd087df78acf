import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sentenceModules } from '../../../../trainer/import/sources/sentence-modules.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'

const folder = temporaryFolder()

const module = (name: string, path = '') => ({ idx: 0, name: '0', path, type: `sentence_transformers.models.${name}` })
const [transformer, pooling, normalize] = [module('Transformer'), module('Pooling', '1_Pooling'), module('Normalize', '2_Normalize')]

/** A folder of these files, as JSON. */
function folderOf(files: Record<string, unknown>): string {
  const directory = mkdtempSync(join(folder, 'model-'))
  mkdirSync(join(directory, '1_Pooling'))
  for (const [name, value] of Object.entries(files)) writeFileSync(join(directory, name), JSON.stringify(value))
  return directory
}
const pooledBy = (config: object, modules: object[] = [transformer, pooling, normalize]) =>
  folderOf({ 'modules.json': modules, '1_Pooling/config.json': config })

test("a folder that is not sentence-transformers' has none", () => {
  expect(sentenceModules(checkpointOf('bert-exact'))).toBe(null)
  expect(sentenceModules(folderOf({ '1_Pooling/config.json': { pooling_mode: 'max' } }))).toBe(null)
})

test.each<[string, object, string]>([
  ['the mean', { word_embedding_dimension: 24, pooling_mode_cls_token: false, pooling_mode_mean_tokens: true }, 'mean'],
  ['the first position', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false, include_prompt: true }, 'first'],
  ['the mean by its newer name', { embedding_dimension: 24, pooling_mode: 'mean' }, 'mean'],
  ['the first position by its newer name', { pooling_mode: 'cls' }, 'first'],
  ['one way in a list', { embedding_dimension: 24, pooling_mode: ['cls'] }, 'first'],
  ['what its flags say where the name is null', { pooling_mode: null, pooling_mode_mean_tokens: true }, 'mean'],
  ['the name where both are there', { pooling_mode: 'cls', pooling_mode_mean_tokens: true }, 'first'],
])('pooling that takes %s is a readout', (_, config, readout) => {
  expect(sentenceModules(pooledBy(config))?.readout).toBe(readout)
})

test("all-MiniLM's own folder asks for the mean; Normalize holds no file", () => {
  const directory = checkpointOf('minilm-st')
  expect(sentenceModules(directory)).toMatchObject({ transformer: directory, readout: 'mean', leavesPromptOut: false })
})

test('newer names of modules are known by their last part', () => {
  const modules = [transformer, pooling].map((each) => ({ ...each, type: each.type.replace('models', 'base.modules') }))
  expect(sentenceModules(pooledBy({ pooling_mode: 'mean' }, modules))?.readout).toBe('mean')
})

test.each([{ word_embedding_dimension: 24 }, { embedding_dimension: 24 }])('the length of its vectors is told: %j', (sizes) => {
  expect(sentenceModules(pooledBy({ ...sizes, pooling_mode: 'cls' }))?.hidden).toBe(24)
})

test('the words before a text are left out of a mean alone', () => {
  const pooled = (pooling_mode: string) => sentenceModules(pooledBy({ pooling_mode, include_prompt: false }))
  expect(pooled('mean')?.leavesPromptOut).toBe(true)
  expect(pooled('cls')?.leavesPromptOut).toBe(false)
})

describe('a transformer in a folder of its own', () => {
  const apart = () => {
    const directory = pooledBy({ pooling_mode: 'cls' }, [module('Transformer', '0_Transformer'), pooling])
    const inner = join(directory, '0_Transformer')
    mkdirSync(inner)
    return { directory, inner }
  }

  test('is found', () => {
    const { directory, inner } = apart()
    expect(sentenceModules(directory)).toMatchObject({ transformer: inner, readout: 'first' })
    writeFileSync(join(inner, 'sentence_bert_config.json'), '{"do_lower_case": true}')
    expect(() => sentenceModules(directory)).toThrow(/0_Transformer.sentence_bert_config\.json: do_lower_case is true/)
  })

  test('is refused by itself, as its pooling lies above', () => {
    const { directory, inner } = apart()
    for (const given of [inner, `${inner}/`])
      expect(() => sentenceModules(given)).toThrow(
        expect.objectContaining({ code: 'usage', message: expect.stringContaining(`Give the folder above: ${directory}.`) }),
      )
  })

  test('is taken by itself where what lies above is something else', () => {
    const { directory, inner } = apart()
    for (const other of [JSON.stringify([transformer, pooling]), '{"private": true}', 'export {}']) {
      writeFileSync(join(directory, 'modules.json'), other)
      expect(sentenceModules(inner)).toBe(null)
    }
  })
})

describe('is refused', () => {
  const mean = { pooling_mode_mean_tokens: true }
  test.each<[string, string, string, RegExp]>([
    [
      'a module that computes',
      pooledBy(mean, [transformer, pooling, module('Dense', '2_Dense')]),
      'unsupported',
      /module Dense is not built here/,
    ],
    [
      'the largest value',
      pooledBy({ pooling_mode_max_tokens: true }),
      'unsupported',
      /1_Pooling.config\.json: its pooling mode is max_tokens, and mean/,
    ],
    ['several ways at once', pooledBy({ ...mean, pooling_mode_cls_token: true }), 'unsupported', /mean_tokens and cls_token together/],
    ['a way that is not known', pooledBy({ pooling_mode: 'lasttoken' }), 'unsupported', /its pooling mode is lasttoken/],
    ['several ways in a list', pooledBy({ pooling_mode: ['cls', 'mean'] }), 'unsupported', /asks for cls and mean together/],
    ['a way of a list that is not known', pooledBy({ pooling_mode: ['max'] }), 'unsupported', /its pooling mode is max, and mean/],
    ['an empty list', pooledBy({ pooling_mode: [] }), 'unsupported', /its pooling mode is none/],
    ['a way that is no name', pooledBy({ pooling_mode: 7 }), 'invalid_model', /field pooling_mode is wrong/],
    ['a name that every object has', pooledBy({ pooling_mode: 'constructor' }), 'unsupported', /its pooling mode is constructor/],
    ['no way at all', pooledBy({ pooling_mode_mean_tokens: false }), 'unsupported', /its pooling mode is none/],
    [
      'a flag that is no yes or no',
      pooledBy({ pooling_mode_mean_tokens: 'yes' }),
      'unsupported',
      /mean_tokens is "yes", and true or false/,
    ],
    ['a length that is none', pooledBy({ ...mean, word_embedding_dimension: '24' }), 'invalid_model', /word_embedding_dimension is wrong/],
    ['pooling twice', pooledBy(mean, [transformer, pooling, pooling]), 'unsupported', /names Transformer, Pooling, Pooling, and here one/],
    ['pooling before there is anything', pooledBy(mean, [pooling, transformer]), 'unsupported', /names Pooling, Transformer, and here one/],
    [
      'no pooling',
      folderOf({ 'modules.json': [transformer] }),
      'unsupported',
      /names Transformer, and here one.*take it out of the folder/,
    ],
    ['no module', folderOf({ 'modules.json': [] }), 'unsupported', /names no module, and here one/],
    ['a pooling without its file', folderOf({ 'modules.json': [transformer, pooling] }), 'unsupported', /no 1_Pooling.config\.json/],
    [
      'a way out of the folder',
      pooledBy(mean, [transformer, module('Pooling', '../1_Pooling')]),
      'unsupported',
      /\.\.\/1_Pooling is not the name of a folder/,
    ],
    ['a path from the root', pooledBy(mean, [transformer, module('Pooling', '/etc')]), 'unsupported', /\/etc is not the name of a folder/],
    ['the folder above', pooledBy(mean, [transformer, module('Normalize', '..')]), 'unsupported', /\.\. is not the name of a folder/],
    ['modules that are no list', folderOf({ 'modules.json': {} }), 'invalid_model', /modules\.json: Invalid input: expected array/],
    ['a module without a type', folderOf({ 'modules.json': [{ path: '' }] }), 'invalid_model', /0\.type is wrong/],
    ['a pooling that is no object', pooledBy([]), 'invalid_model', /1_Pooling.config\.json: Invalid input: expected object/],
  ])('%s', (_, directory, code, message) => {
    expect(() => sentenceModules(directory)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  test('a transformer that lowers the text itself', () => {
    const files = { 'modules.json': [transformer, pooling], '1_Pooling/config.json': mean }
    const lowering = (do_lower_case: boolean) => folderOf({ ...files, 'sentence_bert_config.json': { max_seq_length: 8, do_lower_case } })
    expect(sentenceModules(lowering(false))?.readout).toBe('mean')
    expect(() => sentenceModules(lowering(true))).toThrow(/sentence_bert_config\.json: do_lower_case is true.*set it to false where/)
  })
})
