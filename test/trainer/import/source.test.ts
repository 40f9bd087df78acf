import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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
      message: expect.stringMatching(/config\.json: its model_type is "mamba", and only bert, llama can be imported\./),
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

describe('a tokenizer with regular expressions of its own', () => {
  const cutAt = (Regex: string) => {
    const file = join(directory, 'tokenizer.json')
    const pre_tokenizer = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), pre_tokenizer }))
  }

  test('is refused where one backtracks', () => {
    cutAt('(a+)+$')
    expect(() => opened()).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/tokenizer\.json: .*"\(a\+\)\+\$" backtracks/) }),
    )
  })

  test('is taken with those that do not, which are told for the card', () => {
    cutAt('[^\\s]+')
    expect(opened().checkedPatterns).toEqual(['[^\\s]+'])
    cutAt('\\s+')
    expect(opened().checkedPatterns).toEqual([])
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
  expect(() => opened()).toThrow(/tensor score\.weight does not belong to the llama model that config\.json describes/)
})

describe('an encoder', () => {
  beforeEach(() => writeCheckpoint(directory, checkpointOf('minilm-st')))

  /** Changes tokenizer.json. */
  const changeTokenizer = (change: (tokenizer: Tokenizer) => unknown) => {
    const file = join(directory, 'tokenizer.json')
    const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as Tokenizer
    change(tokenizer)
    writeFileSync(file, JSON.stringify(tokenizer))
  }

  test('has around a text what its post-processor puts there, and the readout that its folder asks for', () => {
    expect(opened()).toMatchObject({
      architecture: 'bert',
      family: 'encoder',
      tokens: { before: [2], after: [3], eos: null },
      bos: null,
      readout: 'mean',
    })
    writeFileSync(join(directory, '1_Pooling', 'config.json'), '{"pooling_mode": "cls"}')
    expect(opened()).toMatchObject({ readout: 'first', warnings: [] })
    changeTokenizer((tokenizer) => {
      tokenizer.post_processor = null
    })
    expect(opened()).toMatchObject({
      tokens: { before: [], after: [] },
      warnings: [expect.stringMatching(/tokenizer\.json has no post_processor .* write "post_processor": \{.*"cls":\["\[CLS\]",2\]/)],
    })
  })

  test('is found in the folder that its modules name, with the pooling above', () => {
    mkdirSync(join(directory, '0_Transformer'))
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors'])
      renameSync(join(directory, name), join(directory, '0_Transformer', name))
    const modules = ['0_Transformer', '1_Pooling'].map((path) => ({ path, type: path.slice(2) }))
    writeFileSync(join(directory, 'modules.json'), JSON.stringify(modules))
    writeFileSync(join(directory, '1_Pooling', 'config.json'), '{"pooling_mode": "cls"}')
    expect(opened()).toMatchObject({ readout: 'first', tokens: { before: [2], after: [3] } })
  })

  test('is refused where its pooling is for vectors of another length', () => {
    writeFileSync(join(directory, '1_Pooling', 'config.json'), '{"pooling_mode": "cls", "word_embedding_dimension": 7}')
    expect(() => opened()).toThrow(
      expect.objectContaining({
        code: 'invalid_model',
        message: expect.stringMatching(/its pooling is for vectors of 7 numbers, and config\.json's hidden_size is \d+\. Give/),
      }),
    )
  })

  test('has no token before a text to be chosen', () => {
    for (const bos of [true, false])
      expect(() => opened(bos)).toThrow(
        expect.objectContaining({
          code: 'usage',
          message: expect.stringMatching(/with --bos for .*: what stands around a text is in its/),
        }),
      )
  })

  test('is refused where its post-processor has ids beyond the vocabulary', () => {
    changeTokenizer(({ post_processor: processor }) => {
      processor!.special_tokens['[SEP]']!.ids = [86]
    })
    expect(() => opened()).toThrow(
      expect.objectContaining({
        code: 'invalid_model',
        message: expect.stringMatching(/puts id 86 around a text, and the model has embeddings for 86 ids/),
      }),
    )
  })

  test("is refused with another model's tokenizer, which has ids for less than 97 % of its embeddings", () => {
    const keep = (ids: number) =>
      changeTokenizer((tokenizer) => {
        const { vocab } = tokenizer.model
        tokenizer.model.vocab = Object.fromEntries(Object.entries(vocab).filter(([, id]) => id < ids))
      })
    keep(84) // of 86
    expect(opened().architecture).toBe('bert')
    keep(83)
    expect(() => opened()).toThrow(
      expect.objectContaining({
        code: 'invalid_model',
        message: expect.stringMatching(
          /tokenizer\.json: it has 83 ids of the 86 that the model has embeddings for.*Give the tokenizer\.json/,
        ),
      }),
    )
  })

  test('may hold what it does not compute with, whole numbers too', () => {
    expect(opened().checkpoint.names).toContain('embeddings.position_ids') // int64
    const tensors = storedTensors(directory)
    const { shape } = tensors.get('embeddings.LayerNorm.bias')!
    tensors.set('embeddings.LayerNorm.bias', { dtype: 'I64', shape, bytes: new Uint8Array(8 * shape[0]!) })
    writeCheckpoint(directory, checkpointOf('minilm-st'), { tensors })
    expect(() => opened()).toThrow(/tensor embeddings\.LayerNorm\.bias has type I64/)
  })
})

test('a readout that the family has not is refused', () => {
  const modules = ['Transformer', 'Pooling'].map((type, index) => ({ path: index === 0 ? '' : '1_Pooling', type }))
  writeFileSync(join(directory, 'modules.json'), JSON.stringify(modules))
  mkdirSync(join(directory, '1_Pooling'))
  writeFileSync(join(directory, '1_Pooling', 'config.json'), '{"pooling_mode": "mean"}')
  expect(() => opened()).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(/modules\.json asks for the readout mean, and of a model of family decoder what can be read is last/),
    }),
  )
})

/** What the tests change of a tokenizer.json. */
interface Tokenizer {
  readonly model: { vocab: Record<string, number> }
  post_processor: { readonly special_tokens: Record<string, { ids: number[] }> } | null
}
