import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encoder } from '../../../../shared/engine/families/encoder.ts'
import { presentNames } from '../../../../shared/engine/families/key-values.ts'
import { bert } from '../../../../trainer/import/architectures/bert.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { checkpointOf, encoderReferences } from '../../../fixtures/reference.ts'

const folder = temporaryFolder()
const exact = JSON.parse(readFileSync(`${checkpointOf('bert-exact')}/config.json`, 'utf8'))

/** The tiny model's config.json with changes; undefined takes a field out. */
const describeWith = (changes: Record<string, unknown>) =>
  bert.describe(JSON.parse(JSON.stringify({ ...exact, ...changes })), 'config.json')

describe('a config.json', () => {
  test('is read', () => {
    const { config, sizes, tokens, readout, tables, tensors } = describeWith({})
    expect(sizes).toEqual({ vocabulary: 86, hidden: 32, layers: 2, heads: 4, keyValueHeads: 4, headSize: 8, context: 40 })
    expect(tokens).toBe('post-processor')
    expect(readout).toBe('mean')
    expect(tables).toEqual({ input: { name: 'embeddings.word_embeddings.weight', layout: 'rows' }, output: null })
    expect(config).toEqual({ vocab_size: 86, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 4 })
    expect(tensors.size).toBe(5 + 2 * 16)
    expect(
      Object.fromEntries([...tensors].filter(([name]) => /^embeddings|layer\.1\..*weight|layer\.1\..*dense\.bias/.test(name))),
    ).toEqual({
      'embeddings.word_embeddings.weight': [86, 32],
      'embeddings.position_embeddings.weight': [40, 32],
      'embeddings.token_type_embeddings.weight': [2, 32],
      'embeddings.LayerNorm.weight': [32],
      'embeddings.LayerNorm.bias': [32],
      'encoder.layer.1.attention.self.query.weight': [32, 32],
      'encoder.layer.1.attention.self.key.weight': [32, 32],
      'encoder.layer.1.attention.self.value.weight': [32, 32],
      'encoder.layer.1.attention.output.dense.weight': [32, 32],
      'encoder.layer.1.attention.output.dense.bias': [32],
      'encoder.layer.1.attention.output.LayerNorm.weight': [32],
      'encoder.layer.1.intermediate.dense.weight': [48, 32],
      'encoder.layer.1.intermediate.dense.bias': [48],
      'encoder.layer.1.output.dense.weight': [32, 48],
      'encoder.layer.1.output.dense.bias': [32],
      'encoder.layer.1.output.LayerNorm.weight': [32],
    })
  })

  test('says in the manifest what has no default, or is not at it', () => {
    const { config } = describeWith({ type_vocab_size: 1, layer_norm_eps: 0.01, hidden_act: 'gelu_new' })
    expect(config).toMatchObject({ type_vocab_size: 1, layer_norm_eps: 0.01, hidden_act: 'gelu_pytorch_tanh' })
  })

  test('may leave out what has a default', () => {
    const bare = describeWith({ type_vocab_size: undefined, layer_norm_eps: undefined, hidden_act: undefined })
    expect(bare.config).toEqual(describeWith({}).config)
    expect(bare.tensors.get('embeddings.token_type_embeddings.weight')).toEqual([2, 32])
  })

  test('may name GELU and its approximation by any of their names', () => {
    expect(describeWith({ hidden_act: 'gelu_python' }).config).toEqual(describeWith({ hidden_act: 'gelu' }).config)
    for (const hidden_act of ['gelu_new', 'gelu_fast'])
      expect(describeWith({ hidden_act }).config).toEqual(describeWith({ hidden_act: 'gelu_pytorch_tanh' }).config)
  })

  test('may spell out what changes nothing, and hold what changes no number', () => {
    const neutral = {
      position_embedding_type: 'absolute',
      is_decoder: false,
      add_cross_attention: false,
      is_causal: false,
      pruned_heads: {},
    }
    const nothing = { position_embedding_type: null, is_decoder: undefined, add_cross_attention: null, pruned_heads: null }
    const harmless = {
      hidden_dropout_prob: 0.3,
      classifier_dropout: 0.1,
      chunk_size_feed_forward: 4,
      id2label: { 0: 'a' },
      ...{ _commit_hash: 'abc', not_set: null, gradient_checkpointing: false, torch_dtype: 'float32', directionality: 'bidi' },
      dtype: 'float16',
    }
    for (const changes of [neutral, nothing, harmless, { max_position_embeddings: 30 }])
      expect(describeWith(changes).config).toEqual(describeWith({}).config)
  })

  test.each<[Record<string, unknown>, RegExp]>([
    [
      { hidden_act: 'relu' },
      /hidden_act is wrong: it is relu, and only gelu or gelu_python or gelu_new or gelu_fast or gelu_pytorch_tanh is built/,
    ],
    [{ hidden_act: 'quick_gelu' }, /hidden_act/],
    [{ hidden_act: 'constructor' }, /hidden_act/],
    [{ position_embedding_type: 'relative_key' }, /position_embedding_type is wrong: it is relative_key, and only absolute is built here/],
    [{ is_decoder: true }, /is_decoder is wrong: it is true, and only false is built here/],
    [{ add_cross_attention: true }, /add_cross_attention/],
    [{ is_causal: true }, /is_causal/],
    [{ pruned_heads: { 1: [0, 2] } }, /pruned_heads\.1 is wrong: what pruned heads leave is not built here/],
    [{ num_attention_heads: 5 }, /num_attention_heads is wrong: must divide hidden_size/],
    ...['vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'max_position_embeddings'].map(
      (field): [Record<string, unknown>, RegExp] => [{ [field]: undefined }, new RegExp(`field ${field} is wrong`)],
    ),
    [{ num_hidden_layers: 0 }, /num_hidden_layers/],
    [{ num_hidden_layers: 2000 }, /num_hidden_layers/],
    [{ hidden_size: 1e12 }, /hidden_size/],
    [{ vocab_size: 1.5 }, /vocab_size/],
    [{ layer_norm_eps: 0 }, /layer_norm_eps/],
    [{ type_vocab_size: 0 }, /type_vocab_size/],
    [{ sliding_window: 128 }, /sliding_window/],
    [{ alibi: true }, /alibi/],
    [{ embedding_multiplier: 12 }, /embedding_multiplier/],
    [{ quantization_config: { quant_method: 'bitsandbytes' } }, /quantization_config/],
    [
      { residual_scaling: 0.5 },
      /^Cannot read config\.json: field residual_scaling is not known here, and may change what the model computes\. If it does not, take it out of the file\.$/,
    ],
    [{ norm_position: 'pre', auto_map: { AutoModel: 'modeling_x.X' } }, /fields norm_position, auto_map are not known here/],
    [{ constructor: 1 }, /field constructor is not known/],
  ])('is refused with %j', (changes, message) => {
    expect(() => describeWith(changes)).toThrow(
      expect.objectContaining({ name: 'SoftPromptError', code: 'unsupported', message: expect.stringMatching(message) }),
    )
  })
})

describe('a tensor', () => {
  const { rename, ignores, tensors } = describeWith({})

  test.each([
    ['bert.embeddings.word_embeddings.weight', 'embeddings.word_embeddings.weight'],
    ['embeddings.LayerNorm.gamma', 'embeddings.LayerNorm.weight'],
    ['bert.encoder.layer.0.attention.output.LayerNorm.beta', 'encoder.layer.0.attention.output.LayerNorm.bias'],
    ['encoder.layer.1.output.dense.bias', 'encoder.layer.1.output.dense.bias'],
  ])('called %s is wanted as %s', (stored, name) => {
    expect(rename!(stored)).toBe(name)
    expect(tensors.has(name)).toBe(true)
  })

  test.each(['pooler.dense.weight', 'cls.predictions.bias', 'classifier.weight', 'qa_outputs.bias', 'embeddings.position_ids'])(
    'called %s may lie beside them',
    (name) => expect(ignores(name)).toBe(true),
  )

  test.each([
    'encoder.layer.2.output.dense.bias',
    'encoder.layer.0.crossattention.self.query.weight',
    'adapter.pooler.x',
    'lm_head.weight',
  ])('called %s would compute something else', (name) => expect(ignores(name)).toBe(false))
})

test.each(encoderReferences)(
  'the graph of %s takes what its family feeds, and gives hidden; its keys and values can be asked for',
  async (name) => {
    const { graph, card } = await imported(checkpointOf(name), 'float32', folder)
    expect([...graph.inputs].sort()).toEqual([...encoder.inputs(card.sizes)].sort())
    expect(graph.outputs).toEqual(['hidden']) // an output that nobody asks for would be kept in memory to the end of a run
    for (const name of presentNames(card.sizes))
      expect(graph.values.get(name)?.shape).toEqual(['B', card.sizes.heads, 'T', card.sizes.headSize])
    expect(card).toMatchObject({ family: 'encoder', architecture: 'bert', readout: 'mean', tokens: { before: [2], after: [3], eos: null } })
  },
)
