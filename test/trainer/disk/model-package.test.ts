import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { openModel } from '../../../trainer/disk/model-package.ts'
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
