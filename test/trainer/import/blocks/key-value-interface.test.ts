import { expect, test } from 'vitest'
import { pastNames, presentNames } from '../../../../shared/engine/families/key-values.ts'
import { keyValueInputs } from '../../../../trainer/import/blocks/key-value-interface.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'

const sizes = { vocabulary: 11, hidden: 6, layers: 3, heads: 4, keyValueHeads: 2, headSize: 5, context: 64 }

test('each layer is fed its past, and knows what its own keys and values are called', () => {
  const b = new GraphBuilder()
  const layers = keyValueInputs(b, sizes)
  expect(layers.flatMap(({ past }) => [past.key, past.value])).toEqual(pastNames(sizes))
  expect(layers.flatMap(({ present }) => [present.key, present.value])).toEqual(presentNames(sizes))
  expect(layers[2]).toEqual({
    past: { key: 'past_key_values.2.key', value: 'past_key_values.2.value' },
    present: { key: 'present.2.key', value: 'present.2.value' },
  })
  expect(b.build().inputs).toEqual(pastNames(sizes))
  for (const name of pastNames(sizes)) {
    expect(b.typeOf(name).type).toBe('float32')
    expect(b.shapeOf(name)).toEqual(['N', 2, 'S', 5])
  }
})
