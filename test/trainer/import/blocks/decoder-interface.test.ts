import { expect, test } from 'vitest'
import { decoder } from '../../../../shared/engine/families/decoder.ts'
import { presentNames } from '../../../../shared/engine/families/key-values.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { decoderInputs, decoderOutputs } from '../../../../trainer/import/blocks/decoder-interface.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'
import { behind } from '../../../fixtures/model-session.ts'
import { runBlock } from '../../../fixtures/run-block.ts'

const sizes = { vocabulary: 11, hidden: 6, layers: 3, heads: 4, keyValueHeads: 2, headSize: 2, context: 64 }

test('a decoder’s graph takes what its family feeds, and each layer knows its own keys and values', () => {
  const b = new GraphBuilder()
  const inputs = decoderInputs(b, sizes)
  expect([...b.build().inputs].sort()).toEqual([...decoder.inputs(sizes)].sort())
  expect(inputs.layers).toHaveLength(3)
  expect(inputs.layers[1]).toEqual({
    past: { key: 'past_key_values.1.key', value: 'past_key_values.1.value' },
    present: { key: 'present.1.key', value: 'present.1.value' },
  })
  const prompt = behind({ length: 5, keyValues: new Float32Array(prefixElements(5, sizes)) })
  const fed = decoder.feeds([{ inputIds: [1, 2] }, { inputIds: [3] }], [prompt], sizes)
  for (const [name, { type, dims }] of Object.entries(fed)) {
    expect(b.typeOf(name).type, name).toBe(type)
    expect(b.shapeOf(name), name).toHaveLength(dims.length)
    for (const [axis, dim] of b.shapeOf(name).entries()) if (typeof dim === 'number') expect(dim, name).toBe(dims[axis])
  }
})

test('the lengths of its axes are those of what is fed', async () => {
  const prompt = behind({ length: 20, keyValues: new Float32Array(prefixElements(20, sizes)) })
  const fed = decoder.feeds([{ inputIds: [1, 2] }, { inputIds: [3] }], [prompt], sizes)
  const lengths = await runBlock((b) => {
    const { B, T, S } = decoderInputs(b, sizes)
    return [B, T, S]
  }, fed)
  expect(lengths.map(({ numbers }) => numbers)).toEqual([[2], [16], [32]])
})

test('it gives hidden, logits and the present keys and values, in that order', () => {
  const b = new GraphBuilder()
  const inputs = decoderInputs(b, sizes)
  for (const name of ['hidden', 'logits', ...presentNames(sizes)]) b.add('Identity', [inputs.promptTable], { name })
  decoderOutputs(b, inputs, 'hidden', 'logits')
  expect(b.build().outputs).toEqual(['hidden', 'logits', ...presentNames(sizes)])
})
