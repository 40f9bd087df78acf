import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { cardText } from '../../../shared/formats/card.ts'
import { importModel } from '../../../trainer/import/import-model.ts'
import { openModel, readModelFolder } from '../../../trainer/import/open-model.ts'
import { Checkpoint } from '../../../trainer/import/sources/checkpoint.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'

const folder = temporaryFolder()
const ids = [0, 299, 7, 7, 150]

describe.each([
  ['gqa-tied', 'model.embed_tokens.weight'],
  ['mha-untied', 'lm_head.weight'],
])('%s', (name, output) => {
  const checkpoint = new Checkpoint(checkpointOf(name))
  const rowsOf = (tensor: string) => ids.flatMap((id) => Array.from(checkpoint.rows(tensor, id, 1)))

  test('gives rows of its tables in float32', async () => {
    const model = await imported(checkpointOf(name), 'float32', folder)
    expect(Array.from(model.inputRows(ids))).toEqual(rowsOf('model.embed_tokens.weight'))
    expect(Array.from(model.outputRows(ids))).toEqual(rowsOf(output))
    expect(model.inputRows([])).toHaveLength(0)
  })

  test('gives rows of its tables in int8, each number within half a step', async () => {
    const model = await imported(checkpointOf(name), 'int8', folder)
    for (const [got, wanted] of [
      [model.inputRows(ids), rowsOf('model.embed_tokens.weight')],
      [model.outputRows(ids), rowsOf(output)],
    ] as const) {
      const { hidden: H } = model.card.sizes
      for (let row = 0; row < ids.length; row++) {
        const step = Math.max(...wanted.slice(row * H, (row + 1) * H).map(Math.abs)) / 63
        for (let h = row * H; h < (row + 1) * H; h++) expect(Math.abs(got[h]! - wanted[h]!)).toBeLessThan(step * 0.50001)
      }
    }
  })
})

describe('an opened model', async () => {
  const { directory } = await imported(checkpointOf('gqa-tied'), 'int8', folder)
  const copy = join(folder, 'changed card')
  /** Opens the model with another card. */
  const opened = (change: (card: ReturnType<typeof readModelFolder>['card']) => object) => {
    rmSync(copy, { recursive: true, force: true })
    cpSync(directory, copy, { recursive: true })
    writeFileSync(join(copy, 'model.json'), cardText(change(readModelFolder(directory).card)))
    return openModel(copy)
  }

  test('has the card and the tokenizer that lie in its folder', () => {
    const { bytes, card } = readModelFolder(directory)
    expect(Buffer.from(bytes)).toEqual(readFileSync(join(directory, 'model.json')))
    const model = openModel(directory)
    expect(model.card).toEqual(card)
    expect(model.tokenizer).toBe(readFileSync(join(directory, 'tokenizer.json'), 'utf8'))
  })

  test.each([
    ['a link to itself', /model\.onnx\.data: .*ELOOP/, (path: string) => symlinkSync(path, path)],
    ['a folder', /model\.onnx\.data: it is not a file/, (path: string) => mkdirSync(path)],
    ['missing', /model\.onnx\.data is not the file that model\.json describes/, () => undefined],
  ])('is refused where its weights are %s', (what, message, make) => {
    const spoilt = join(folder, what)
    cpSync(directory, spoilt, { recursive: true })
    rmSync(join(spoilt, 'model.onnx.data'))
    make(join(spoilt, 'model.onnx.data'))
    expect(() => openModel(spoilt)).toThrow(expect.objectContaining({ code: 'invalid_model', message: expect.stringMatching(message) }))
  })

  test('has no row past its vocabulary', () => {
    expect(() => openModel(directory).inputRows([300])).toThrow('Cannot read row 300 of model.embed_tokens.weight: it has 300.')
  })

  test('has no output rows where its card names no table of them', () => {
    const model = opened((card) => ({ ...card, tables: { ...card.tables, output: null } }))
    expect(model.inputRows([1])).toEqual(openModel(directory).inputRows([1]))
    expect(() => model.outputRows([1])).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/output layer of model gqa-tied: it has none/) }),
    )
  })

  test('is refused by the name of weights that are not supported here', () => {
    expect(() => opened((card) => ({ ...card, weights: 'int3' }))).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(
          /Cannot open model .*: its weights are "int3", and those supported here are float32, int8, q4, q8\./,
        ),
      }),
    )
  })

  test.each([
    ['another format', { weights: 'float32' }],
    ['another table', { tables: { input: { name: 'words', layout: 'rows' as const }, output: null } }],
  ])('gives no rows where its card names %s than the graph has', (_, change) => {
    const model = opened((card) => ({ ...card, ...change }))
    expect(() => model.inputRows([1])).toThrow(
      expect.objectContaining({ code: 'invalid_model', message: expect.stringMatching(/graph has no \w+ weight/) }),
    )
  })
})

describe('a tokenizer with regular expressions of its own', () => {
  const checkpoint = join(folder, 'own patterns')
  const out = join(folder, 'own package')
  const importWith = (Regex: string) => {
    rmSync(checkpoint, { recursive: true, force: true })
    cpSync(checkpointOf('gqa-tied'), checkpoint, { recursive: true })
    writeTokenizer(checkpoint, Regex)
    return importModel(checkpoint, { out, weights: 'int8' })
  }
  const writeTokenizer = (directory: string, Regex: string) => {
    const file = join(directory, 'tokenizer.json')
    const pre_tokenizer = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), pre_tokenizer }))
    return readFileSync(file)
  }

  test('is opened where its card names what was checked, and refused where it does not', async () => {
    const card = await importWith('[^\\s]+')
    expect(card.checkedPatterns).toEqual(['[^\\s]+'])
    expect(openModel(out).encode('a').length).toBeGreaterThan(0)
    const { checkedPatterns: _, ...silent } = card
    writeFileSync(join(out, 'model.json'), cardText(silent))
    expect(() => openModel(out)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(/model\.json does not say .* Import the checkpoint again/),
      }),
    )
  })

  test('is checked again whatever its card says', async () => {
    const card = await importWith('\\s+')
    expect(card).not.toHaveProperty('checkedPatterns')
    const tokenizer = writeTokenizer(out, '(a+)+$')
    const entry = { bytes: tokenizer.length, sha256: createHash('sha256').update(tokenizer).digest('hex') }
    writeFileSync(
      join(out, 'model.json'),
      cardText({ ...card, checkedPatterns: ['(a+)+$'], files: { ...card.files, 'tokenizer.json': entry } }),
    )
    expect(() => openModel(out)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/"\(a\+\)\+\$" backtracks/) }),
    )
  })
})

describe('is refused where', () => {
  const copy = join(folder, 'copy')
  beforeEach(async () => {
    const { directory } = await imported(checkpointOf('gqa-tied'), 'int8', folder)
    rmSync(copy, { recursive: true, force: true })
    cpSync(directory, copy, { recursive: true })
  })
  const change = (name: string, change: (text: string) => string) =>
    writeFileSync(join(copy, name), change(readFileSync(join(copy, name), 'latin1')), 'latin1')

  test.each<[string, () => void, RegExp]>([
    ['there is no card', () => rmSync(join(copy, 'model.json')), /has no model\.json.*softprompt import/],
    ['the card is no JSON', () => change('model.json', (text) => text.slice(1)), /model\.json: it is not JSON/],
    [
      'the card is of another format',
      () => change('model.json', (text) => text.replace('softprompt-model', 'other')),
      /field format is wrong/,
    ],
    [
      'the card is of another version',
      () => change('model.json', (text) => text.replace('"version": 2', '"version": 1')),
      /field version is wrong: it is 1, and version 2 is read here\. Import the checkpoint again\.$/,
    ],
    ['the graph was changed', () => change('model.onnx', (text) => text.replace('hidden', 'hiddem')), /model\.onnx is not the file/],
    ['the tokenizer is missing', () => rmSync(join(copy, 'tokenizer.json')), /tokenizer\.json is not the file/],
    ['the weights are missing', () => rmSync(join(copy, 'model.onnx.data')), /model\.onnx\.data is not the file/],
    ['the weights are cut', () => truncateSync(join(copy, 'model.onnx.data'), 1000), /model\.onnx\.data is not the file/],
  ])('%s', (_, spoil, message) => {
    openModel(copy)
    spoil()
    expect(() => openModel(copy)).toThrow(
      expect.objectContaining({ name: 'SoftPromptError', code: 'invalid_model', message: expect.stringMatching(message) }),
    )
  })
})
