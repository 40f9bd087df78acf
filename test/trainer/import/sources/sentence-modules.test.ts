import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sentenceReadout } from '../../../../trainer/import/sources/sentence-modules.ts'
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

test("a folder that is not sentence-transformers' asks for no readout, nor one that doesn't pool", () => {
  expect(sentenceReadout(checkpointOf('bert-exact'))).toBe(null)
  expect(sentenceReadout(folderOf({ '1_Pooling/config.json': { pooling_mode: 'max' } }))).toBe(null)
  expect(sentenceReadout(folderOf({ 'modules.json': [transformer] }))).toBe(null)
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
  expect(sentenceReadout(pooledBy(config))).toBe(readout)
})

test("all-MiniLM's own folder asks for the mean; Normalize holds no file", () => {
  expect(sentenceReadout(checkpointOf('minilm-st'))).toBe('mean')
})

test('newer names of modules are known by their last part', () => {
  const modules = [transformer, pooling].map((each) => ({ ...each, type: each.type.replace('models', 'base.modules') }))
  expect(sentenceReadout(pooledBy({ pooling_mode: 'mean' }, modules))).toBe('mean')
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
    ['pooling twice', pooledBy(mean, [transformer, pooling, pooling]), 'unsupported', /pools twice/],
    [
      'a transformer in a folder',
      pooledBy(mean, [module('Transformer', '0_Transformer'), pooling]),
      'unsupported',
      /lies in 0_Transformer: give that folder/,
    ],
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
    expect(() => sentenceReadout(directory)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  test('a transformer that lowers the text itself', () => {
    const files = { 'modules.json': [transformer, pooling], '1_Pooling/config.json': mean }
    const lowering = (do_lower_case: boolean) => folderOf({ ...files, 'sentence_bert_config.json': { max_seq_length: 8, do_lower_case } })
    expect(sentenceReadout(lowering(false))).toBe('mean')
    expect(() => sentenceReadout(lowering(true))).toThrow(/sentence_bert_config\.json: do_lower_case is true.*set it to false where/)
  })
})
