import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importModel } from '../../../trainer/import/import-model.ts'
import { importPlace } from '../../fixtures/import-place.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { changeConfig, writeCheckpoint } from '../../fixtures/written-checkpoint.ts'

const { at, expectRefused, folder } = importPlace()

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

  test('its tokenizer is of the older kind', async () => {
    writeCheckpoint(at('checkpoint'), checkpointOf('minilm-st'))
    renameSync(at('checkpoint', 'tokenizer.json'), at('checkpoint', 'vocab.txt'))
    const message = /tokenizer\.json is missing\. It has vocab\.txt, .*AutoTokenizer\.from_pretrained\("(.*)"\)\.save_pretrained\("\1"\)/
    await expectRefused(() => importModel(at('checkpoint'), { out: at('out'), weights: 'int8' }), 'invalid_model', message)
  })

  test('its weights are a pickle', async () => {
    writeCheckpoint(at('checkpoint'), checkpointOf('minilm-st'))
    renameSync(at('checkpoint', 'model.safetensors'), at('checkpoint', 'pytorch_model.bin'))
    const message = /has pytorch_model\.bin and no model\.safetensors\. A pickle can run any program/
    await expectRefused(() => importModel(at('checkpoint'), { out: at('out'), weights: 'int8' }), 'unsupported', message)
    expect(readdirSync(folder)).toEqual(['checkpoint'])
  })
})

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
