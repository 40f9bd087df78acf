import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { importModel } from '../../../trainer/import/import-model.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { bootstrap, checkpointOf } from '../../fixtures/reference.ts'
import {
  changeConfig,
  type StoredTensor,
  type StoredTensors,
  safetensors,
  storedTensors,
  widenedTensors,
  withHeader,
  writeCheckpoint,
} from '../../fixtures/written-checkpoint.ts'

const folder = temporaryFolder()
const at = (...names: string[]) => join(folder, ...names)
const [grouped, untied, sharded] = ['gqa-tied', 'mha-untied', 'rope-scaled'].map(checkpointOf) as [string, string, string]

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(at(name), { recursive: true })
})

describe('a checkpoint', () => {
  test('has one base in every weight format and however it is split into files', async () => {
    const hashes = new Set<string>()
    for (const [i, shards] of [1, 2, 5].entries()) {
      for (const weights of ['float32', 'int8'] as const) {
        writeCheckpoint(at('checkpoint'), sharded, { shards })
        hashes.add((await importModel(at('checkpoint'), { out: at(`out${i}${weights}`), weights })).baseHash)
      }
      rmSync(at('checkpoint'), { recursive: true })
    }
    expect(hashes.size).toBe(1)
  })

  test('has another base when a number, the configuration or the tokenizer changes', async () => {
    const hash = async (change: (tensors: StoredTensors) => void) => {
      const tensors = storedTensors(grouped)
      writeCheckpoint(at('checkpoint'), grouped, { tensors })
      change(tensors)
      writeFileSync(at('checkpoint', 'model.safetensors'), safetensors(tensors))
      return (await importModel(at('checkpoint'), { out: at('out'), weights: 'int8' })).baseHash
    }
    const hashes = new Set([
      await hash(() => undefined),
      await hash((tensors) => (tensors.get('model.norm.weight')!.bytes[0]! ^= 1)),
      await hash(() => changeConfig(at('checkpoint'), { rms_norm_eps: 1e-6 })),
      await hash(() => changeConfig(at('checkpoint'), { rope_parameters: { rope_type: 'default', rope_theta: 10_001 } })),
      await hash(() => writeFileSync(at('checkpoint', 'tokenizer.json'), `${readFileSync(join(grouped, 'tokenizer.json'), 'utf8')}\n`)),
    ])
    expect(hashes.size).toBe(5)
  })

  test.each([
    ['float16 in one file', untied, 1],
    ['bfloat16 in several', sharded, 4],
    ['float32 in several', grouped, 3],
  ])('gives the same weights as %s as its numbers do in float32', async (_, source, shards) => {
    writeCheckpoint(at('narrow'), source, { shards })
    writeCheckpoint(at('wide'), source, { tensors: widenedTensors(source) })
    for (const weights of ['float32', 'int8'] as const) {
      await importModel(at('narrow'), { out: at('narrow-out'), weights })
      await importModel(at('wide'), { out: at('wide-out'), weights })
      for (const file of ['model.onnx', 'model.onnx.data'])
        expect(readFileSync(at('narrow-out', file)).equals(readFileSync(at('wide-out', file))), file).toBe(true)
    }
  })

  test('is the same package each time, whatever it replaces', async () => {
    await importModel(sharded, { out: at('out'), weights: 'float32', name: 'same' })
    const before = contents(at('out'))
    await importModel(grouped, { out: at('out'), weights: 'int8' })
    await importModel(sharded, { out: at('out'), weights: 'float32', name: 'same' })
    expect(contents(at('out'))).toEqual(before)
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('says on its card what it is', async () => {
    const seen: number[] = []
    const progress = (done: number, tensors: number) => seen.push(done / tensors)
    const described = { name: 'a name', source: 'a source', licence: 'MIT', bos: false, progress }
    const card = await importModel(grouped, { out: at('deep', 'down'), weights: 'int8', ...described })
    expect(card).toMatchObject({
      name: 'a name',
      source: 'a source',
      licence: 'MIT',
      version: 2,
      family: 'decoder',
      architecture: 'llama',
      weights: 'int8',
      tolerance: 0.07,
      readout: 'last',
      sizes: { vocabulary: 300, hidden: 32, layers: 2, heads: 4, keyValueHeads: 2, headSize: 8, context: 128 },
      tokens: { before: [], after: [], eos: 0 },
    })
    expect(openModel(at('deep', 'down')).card).toEqual(card)
    expect(seen.length).toBe(20) // a tensor each
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen[0]).toBe(0)
  })

  test.skipIf(!existsSync(bootstrap))(`is the source of the model that ships (left out where ${bootstrap} is not there)`, async () => {
    const shipped = openModel('models/tiny-lm')
    await importModel(bootstrap, { out: at('out'), weights: 'int8' })
    const { card, graph } = openModel(at('out'))
    expect(card.baseHash).toBe(shipped.card.baseHash)
    expect(card.files['model.onnx.data']).toEqual(shipped.card.files['model.onnx.data'])
    expect(graph).toEqual(shipped.graph)
  })
})

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
    'unsupported',
    /model\.layers\.1\..* does not belong/,
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

test('a stale index beside the whole file is left aside', async () => {
  writeCheckpoint(at('checkpoint'), grouped)
  index({ weight_map: { x: 'model-2.safetensors' } })
  const { baseHash } = await importModel(at('checkpoint'), { out: at('out'), weights: 'int8' })
  expect(baseHash).toBe((await importModel(grouped, { out: at('other'), weights: 'int8' })).baseHash)
})

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

  test.each([['--out lies in a file', () => writeFileSync(at('mine'), ''), at('mine', 'out'), /mine.*Name another folder with --out/]])(
    '%s',
    async (_, spoilIt, out, message) => {
      writeCheckpoint(at('checkpoint'), grouped)
      spoilIt()
      const before = readdirSync(folder)
      await expectRefused(() => importModel(at('checkpoint'), { out, weights: 'int8' }), 'usage', message)
      expect(readdirSync(folder)).toEqual(before)
    },
  )

  test.each([
    ['a file', () => writeFileSync(at('out'), 'mine')],
    ['a folder of other things', () => mkdirSync(at('out')) ?? writeFileSync(at('out', 'notes.txt'), 'mine')],
    [
      'a package with other things in it',
      async () => {
        await importModel(grouped, { out: at('out'), weights: 'int8' })
        writeFileSync(at('out', 'notes.txt'), 'mine')
      },
    ],
  ])('--out is %s', async (_, make) => {
    await make()
    const before = contents(at('out'))
    await expectRefused(
      () => importModel(grouped, { out: at('out'), weights: 'float32' }),
      'usage',
      /a file is there|holds something else \(notes\.txt\)/,
    )
    expect(contents(at('out'))).toEqual(before)
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('the import is interrupted; the package that was there stays', async () => {
    await importModel(grouped, { out: at('out'), weights: 'int8' })
    const before = contents(at('out'))
    const controller = new AbortController()
    const progress = (done: number) => done === 5 && controller.abort()
    await expectRefused(
      () => importModel(grouped, { out: at('out'), weights: 'float32', progress, signal: controller.signal }),
      'interrupted',
      /nothing was written/,
    )
    expect(contents(at('out'))).toEqual(before)
    expect(readdirSync(folder)).toEqual(['out'])
  })
})

/** What can be wrong with an encoder's folder besides: what was done, the error's code, and words of its message. */
const spoiltEncoders: [string, () => unknown, string, RegExp][] = [
  [
    'a module computes more',
    () => modules('Transformer', 'Pooling', 'Dense'),
    'unsupported',
    /modules\.json: module Dense is not built here/,
  ],
  [
    'a module lies outside the folder',
    () => json('modules.json', [{ path: '../../secret', type: 'models.Pooling' }]),
    'unsupported',
    /\.\.\/\.\.\/secret is not the name of a folder/,
  ],
  [
    'the largest values are pooled',
    () => pooling({ pooling_mode_max_tokens: true }),
    'unsupported',
    /pooling mode is max_tokens, and mean, .* are built here/,
  ],
  [
    'pooling is done in several ways',
    () => pooling({ pooling_mode_max_tokens: true, pooling_mode_mean_tokens: true }),
    'unsupported',
    /max_tokens and mean_tokens together/,
  ],
  ['pooling is of an unknown kind', () => pooling({ pooling_mode: 'attention' }), 'unsupported', /pooling mode is attention/],
  [
    'texts are lowered before they are tokenised',
    () => json('sentence_bert_config.json', { do_lower_case: true }),
    'unsupported',
    /do_lower_case is true/,
  ],
  [
    'the tokenizer is of a larger model',
    () => changeConfig(at('checkpoint'), { vocab_size: 70 }),
    'invalid_model',
    /has id \d+, and the model has embeddings for 70 ids.*Resize/,
  ],
  [
    'the tokenizer is of a smaller model',
    () => changeConfig(at('checkpoint'), { vocab_size: 172 }),
    'invalid_model',
    /has 86 ids of the 172 .*Give the tokenizer\.json that the model was trained with/,
  ],
  [
    'the post-processor has ids beyond the vocabulary',
    () => postProcessor({ type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 999] }),
    'invalid_model',
    /puts id 999 around a text, and the model has embeddings for 86 ids/,
  ],
  [
    'the post-processor is of an unknown kind',
    () => postProcessor({ type: 'Mystery' }),
    'invalid_model',
    /it is not a tokenizer\.json \(Unknown PostProcessor type: Mystery\)/,
  ],
  [
    'positions are relative',
    () => changeConfig(at('checkpoint'), { position_embedding_type: 'relative_key_query' }),
    'unsupported',
    /position_embedding_type is wrong: it is relative_key_query/,
  ],
  [
    'config.json asks for what is not built',
    () => changeConfig(at('checkpoint'), { embedding_multiplier: 3 }),
    'unsupported',
    /embedding_multiplier is wrong: it is 3, and only 1 is built here/,
  ],
]

describe('an encoder is refused, and leaves nothing behind, where', () => {
  test.each(spoiltEncoders)('%s', async (_, spoilIt, code, message) => {
    writeCheckpoint(at('checkpoint'), checkpointOf('minilm-st'))
    spoilIt()
    await expectRefused(() => importModel(at('checkpoint'), { out: at('out'), weights: 'int8' }), code, message)
    expect(readdirSync(folder)).toEqual(['checkpoint'])
  })

  test.each([true, false])('the token before a text is chosen: %s', async (bos) => {
    const message = /Cannot choose the token before a text with --bos for .*minilm-st: what stands around a text is in its tokenizer\.json/
    await expectRefused(() => importModel(checkpointOf('minilm-st'), { out: at('out'), weights: 'int8', bos }), 'usage', message)
    expect(readdirSync(folder)).toEqual([])
  })

  test('its weights are a pickle', async () => {
    writeCheckpoint(at('checkpoint'), checkpointOf('minilm-st'))
    renameSync(at('checkpoint', 'model.safetensors'), at('checkpoint', 'pytorch_model.bin'))
    const message = /has pytorch_model\.bin and no model\.safetensors\. A pickle can run any program/
    await expectRefused(() => importModel(at('checkpoint'), { out: at('out'), weights: 'int8' }), 'unsupported', message)
    expect(readdirSync(folder)).toEqual(['checkpoint'])
  })
})

test('an empty folder is a place to import to', async () => {
  mkdirSync(at('out'))
  await importModel(grouped, { out: at('out'), weights: 'int8' })
  expect(openModel(at('out')).card.name).toBe('gqa-tied')
})

async function expectRefused(action: () => Promise<unknown>, code: string, message: RegExp): Promise<void> {
  const error = await action().then(
    () => null,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(SoftPromptError)
  expect((error as SoftPromptError).message).toMatch(message)
  expect((error as SoftPromptError).code).toBe(code)
}

function json(name: string, value: unknown): void {
  writeFileSync(at('checkpoint', name), JSON.stringify(value))
}

function modules(...names: string[]): void {
  json(
    'modules.json',
    names.map((name) => ({ path: name === 'Pooling' ? '1_Pooling' : '', type: `sentence_transformers.models.${name}` })),
  )
}

function pooling(config: object): void {
  json('1_Pooling/config.json', config)
}

function postProcessor(post_processor: object): void {
  json('tokenizer.json', { ...JSON.parse(readFileSync(at('checkpoint', 'tokenizer.json'), 'utf8')), post_processor })
}

/** A file's bytes, or a folder's files with theirs. */
function contents(path: string): unknown {
  return statSync(path).isDirectory()
    ? readdirSync(path).map((name) => [name, contents(join(path, name))])
    : readFileSync(path).toString('base64')
}

function vector(values: readonly number[]): StoredTensor {
  return { dtype: 'F32', shape: [values.length], bytes: new Uint8Array(Float32Array.from(values).buffer) }
}

function spoil(tensors: StoredTensors, name: string, element: number, value: number): void {
  const { bytes } = tensors.get(name)!
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * element, value, true)
}

function index(value: object): void {
  writeFileSync(at('checkpoint', 'model.safetensors.index.json'), JSON.stringify(value))
}

function entry(value: object): Uint8Array {
  return withHeader(JSON.stringify({ 'model.norm.weight': value }), new Uint8Array(64))
}
