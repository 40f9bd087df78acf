import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importModel } from '../../../trainer/import/import-model.ts'
import { importPlace } from '../../fixtures/import-place.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import {
  changeConfig,
  type StoredTensor,
  type StoredTensors,
  safetensors,
  storedTensors,
  withHeader,
  writeCheckpoint,
} from '../../fixtures/written-checkpoint.ts'

const { at, expectRefused, folder, index } = importPlace()

const grouped = checkpointOf('gqa-tied')

/** A checkpoint spoilt on purpose: what was done (perhaps giving the weights' file), the error's code, and words of its message. */
const spoilt: [string, (tensors: StoredTensors) => unknown, string, RegExp][] = [
  [
    'a tensor is missing',
    (tensors) => tensors.delete('model.layers.1.mlp.up_proj.weight'),
    'invalid_model',
    /no tensor model\.layers\.1\.mlp\.up_proj\.weight/,
  ],
  [
    'the output layer is missing',
    () => changeConfig(at('checkpoint'), { tie_word_embeddings: false }),
    'invalid_model',
    /no tensor lm_head\.weight/,
  ],
  [
    'a tensor has another shape',
    () => changeConfig(at('checkpoint'), { intermediate_size: 40 }),
    'invalid_model',
    /shape \[48,32\].*asks for \[40,32\]/,
  ],
  [
    'a tensor is one too many',
    (tensors) => tensors.set('model.layers.0.self_attn.q_proj.bias', vector([1, 2])),
    'unsupported',
    /q_proj\.bias does not belong/,
  ],
  [
    'a layer is one too many',
    () => changeConfig(at('checkpoint'), { num_hidden_layers: 1 }),
    'invalid_model',
    /num_hidden_layers in its config\.json is 1, and its tensors are those of 2 layers/,
  ],
  [
    'a layer is missing',
    () => changeConfig(at('checkpoint'), { num_hidden_layers: 3 }),
    'invalid_model',
    /num_hidden_layers in its config\.json is 3, and its tensors are those of 2 layers/,
  ],
  [
    'tokenizer.json is a Git LFS pointer',
    () => writeFileSync(at('checkpoint', 'tokenizer.json'), 'version https://git-lfs.github.com/spec/v1'),
    'invalid_model',
    /tokenizer\.json: it is a Git LFS pointer/,
  ],
  [
    'a weight is not a number',
    (tensors) => spoil(tensors, 'model.layers.1.mlp.down_proj.weight', 100, Number.NaN),
    'invalid_model',
    /down_proj\.weight holds NaN in row 2/,
  ],
  [
    'a weight is infinite',
    (tensors) => spoil(tensors, 'model.norm.weight', 3, Number.NEGATIVE_INFINITY),
    'invalid_model',
    /model\.norm\.weight holds -Infinity in row 3/,
  ],
  ['it is no Llama', () => changeConfig(at('checkpoint'), { model_type: 'gpt2' }), 'unsupported', /model_type/],
  [
    'the RoPE is unknown',
    () => changeConfig(at('checkpoint'), { rope_parameters: { rope_type: 'yarn', factor: 2 } }),
    'unsupported',
    /RoPE.*rope_type/,
  ],
  [
    'the heads do not share keys and values evenly',
    () => changeConfig(at('checkpoint'), { num_key_value_heads: 3 }),
    'unsupported',
    /num_key_value_heads is wrong: must divide num_attention_heads/,
  ],
  [
    'the context is beyond reason',
    () => changeConfig(at('checkpoint'), { max_position_embeddings: 2 ** 24, head_dim: 32 }),
    'unsupported',
    /max_position_embeddings is wrong: must be at most/,
  ],
  ['attention has a bias', () => changeConfig(at('checkpoint'), { attention_bias: true }), 'unsupported', /attention_bias/],
  [
    'config.json is no JSON',
    () => writeFileSync(at('checkpoint', 'config.json'), '{"model_type": '),
    'unsupported',
    /config\.json: it is not JSON/,
  ],
  ['config.json is missing', () => rmSync(at('checkpoint', 'config.json')), 'invalid_model', /config\.json is missing/],
  ['tokenizer.json is missing', () => rmSync(at('checkpoint', 'tokenizer.json')), 'invalid_model', /tokenizer\.json is missing/],
  ['tokenizer.json is none', () => writeFileSync(at('checkpoint', 'tokenizer.json'), '[]'), 'invalid_model', /not a tokenizer\.json/],
  [
    'tokenizer_config.json is no JSON',
    () => writeFileSync(at('checkpoint', 'tokenizer_config.json'), '{'),
    'invalid_model',
    /tokenizer_config\.json .*not JSON/,
  ],
  ['the index names another folder', () => index({ weight_map: { x: '../model.safetensors' } }), 'invalid_model', /weight_map\.x is wrong/],
  ['the index is empty', () => index({}), 'invalid_model', /weight_map is wrong/],
  [
    'a shard is missing',
    () => index({ weight_map: { x: 'model-1.safetensors', y: 'model-2.safetensors' } }),
    'invalid_model',
    /model-2\.safetensors is missing/,
  ],
  ['the file is empty', () => new Uint8Array(), 'invalid_file', /has 0 bytes/],
  [
    'the file is cut in its header',
    (tensors) => safetensors(tensors).subarray(0, 500),
    'invalid_file',
    /claims \d+ bytes, and the file has 500/,
  ],
  ['the file is cut in its data', (tensors) => safetensors(tensors).subarray(0, -1), 'invalid_file', /ends at byte/],
  [
    'the header claims to be huge',
    () => withHeader('{}', new Uint8Array(9), Number.MAX_SAFE_INTEGER),
    'invalid_file',
    /claims 9007199254740991 bytes/,
  ],
  ['the header is no JSON', () => withHeader('{"x', new Uint8Array(9)), 'invalid_file', /header is not JSON/],
  ['the header is no object', () => withHeader('[7]', new Uint8Array(9)), 'invalid_file', /header is no JSON object/],
  [
    'a tensor lies about its size',
    () => entry({ dtype: 'F32', shape: [3], data_offsets: [0, 8] }),
    'invalid_file',
    /needs 12 bytes and claims 8/,
  ],
  ['a tensor lies before the data', () => entry({ dtype: 'F32', shape: [2], data_offsets: [-4, 4] }), 'invalid_file', /malformed/],
  ['a tensor has another type', () => entry({ dtype: 'C64', shape: [1], data_offsets: [0, 8] }), 'invalid_file', /type C64/],
]

describe('is refused, and leaves nothing behind, where', () => {
  test.each(spoilt)('%s', async (_, spoilIt, code, message) => {
    const tensors = storedTensors(grouped)
    writeCheckpoint(at('checkpoint'), grouped, { tensors })
    const file = spoilIt(tensors)
    writeFileSync(at('checkpoint', 'model.safetensors'), file instanceof Uint8Array ? file : safetensors(tensors))
    if (existsSync(at('checkpoint', 'model.safetensors.index.json')))
      renameSync(at('checkpoint', 'model.safetensors'), at('checkpoint', 'model-1.safetensors'))
    for (const weights of ['int8', 'float32'] as const)
      await expectRefused(() => importModel(at('checkpoint'), { out: at('out'), weights }), code, message)
    expect(readdirSync(folder)).toEqual(['checkpoint'])
  })

  test.each(['config.json', 'tokenizer.json', 'model.safetensors'])('%s is a folder', async (name) => {
    writeCheckpoint(at('checkpoint'), grouped)
    rmSync(at('checkpoint', name))
    mkdirSync(at('checkpoint', name))
    await expectRefused(() => importModel(at('checkpoint'), { out: at('out'), weights: 'int8' }), 'invalid_model', /is not a file/)
    expect(readdirSync(folder)).toEqual(['checkpoint'])
  })

  test('there is no checkpoint at all', async () => {
    await expectRefused(
      () => importModel(at('nowhere'), { out: at('out'), weights: 'int8' }),
      'invalid_model',
      /nowhere": there is no such folder/,
    )
    expect(readdirSync(folder)).toEqual([])
  })
})

function vector(values: readonly number[]): StoredTensor {
  return { dtype: 'F32', shape: [values.length], bytes: new Uint8Array(Float32Array.from(values).buffer) }
}

function spoil(tensors: StoredTensors, name: string, element: number, value: number): void {
  const { bytes } = tensors.get(name)!
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * element, value, true)
}

function entry(value: object): Uint8Array {
  return withHeader(JSON.stringify({ 'model.norm.weight': value }), new Uint8Array(64))
}
