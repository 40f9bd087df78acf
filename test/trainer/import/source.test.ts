import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { modelTypes, openSource, type Source } from '../../../trainer/import/source.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { bytesOf, changeConfig, storedTensors, writeCheckpoint } from '../../fixtures/written-checkpoint.ts'

const folder = temporaryFolder()
const directory = join(folder, 'checkpoint')
const grouped = checkpointOf('gqa-tied')

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  writeCheckpoint(directory, grouped)
})

/** Opens the checkpoint, and closes it at once. */
function opened(bos?: boolean): Source {
  const source = openSource(directory, bos)
  source.checkpoint.close()
  return source
}

test('no two architectures take one model_type', () => {
  expect(new Set(modelTypes).size).toBe(modelTypes.length)
})

test('a checkpoint is opened by the architecture that takes its model_type', () => {
  expect(opened()).toMatchObject({ architecture: 'llama', family: 'decoder', modelType: 'llama', bos: 0 })
})

test('another model_type is refused by name, with those that can be imported', () => {
  changeConfig(directory, { model_type: 'mamba' })
  expect(() => opened()).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(/config\.json: its model_type is "mamba", and what can be imported is bert, llama\./),
    }),
  )
})

describe('whether a text begins with bos', () => {
  test('is asked for, or else as the tokenizer says', () => {
    expect(opened(false).bos).toBe(null)
    expect(opened(true).bos).toBe(0)
    writeFileSync(join(directory, 'tokenizer_config.json'), '{"add_bos_token": false}')
    expect(opened().bos).toBe(null)
    expect(opened(true).bos).toBe(0)
  })

  test('is no where the model has none', () => {
    changeConfig(directory, { bos_token_id: null })
    expect(opened(true).bos).toBe(null)
  })
})

test('tensors that nothing is computed with may lie beside the rest', () => {
  const tensors = storedTensors(grouped)
  tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', { dtype: 'F32', shape: [4], bytes: bytesOf(new Float32Array(4)) })
  tensors.set('lm_head.weight', tensors.get('model.embed_tokens.weight')!)
  writeCheckpoint(directory, grouped, { tensors })
  expect(opened().checkpoint.names).toContain('lm_head.weight')

  tensors.set('score.weight', { dtype: 'F32', shape: [4], bytes: bytesOf(new Float32Array(4)) })
  writeCheckpoint(directory, grouped, { tensors })
  expect(() => opened()).toThrow(/tensor score\.weight is no part of the llama model that config\.json describes/)
})
