import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noSafetensors } from '../../../../trainer/import/sources/no-safetensors.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'

const folder = temporaryFolder()

/** What is said of a folder of such files. */
function saidOf(...names: string[]) {
  const directory = mkdtempSync(join(folder, 'weights-'))
  for (const name of names) writeFileSync(join(directory, name), '')
  return noSafetensors(directory)
}

test.each(['pytorch_model.bin', 'pytorch_model.bin.index.json', 'model.pt'])('%s is a pickle, with the reason and the way out', (name) => {
  const { code, message } = saidOf('config.json', name)
  expect(code).toBe('unsupported')
  expect(message).toContain(`it has ${name} and no model.safetensors. A pickle can run any program`)
  expect(message).toMatch(/AutoModel\.from_pretrained\(".*"\)\.save_pretrained\(".*", safe_serialization=True\)\.$/)
})

test.each<[string, string[], RegExp]>([
  [
    'shards of a pickle',
    ['pytorch_model-00001-of-00002.bin'],
    /part of the weights, and pytorch_model\.bin\.index\.json, .*is missing: download/,
  ],
  ['shards', ['model-00001-of-00002.safetensors'], /part of the weights, and model\.safetensors\.index\.json, .*is missing: download/],
  ['shards of a pickle with their index', ['pytorch_model-00001-of-00002.bin', 'pytorch_model.bin.index.json'], /save it anew in Python/],
  ["TensorFlow's", ['tf_model.h5'], /has tf_model\.h5 and .*another library.*from_tf/],
  ['a graph', ['model.onnx'], /has model\.onnx and .*ONNX is a graph.*download model\.safetensors/],
])('%s are named, with the way out', (_, names, message) => {
  expect(saidOf(...names).message).toMatch(message)
})

test('a folder of graphs is named', () => {
  const directory = mkdtempSync(join(folder, 'weights-'))
  mkdirSync(join(directory, 'onnx'))
  expect(noSafetensors(directory).message).toMatch(/has onnx and .*ONNX is a graph/)
})

test('a folder with nothing of the kind lacks model.safetensors', () => {
  expect(saidOf('config.json')).toMatchObject({
    code: 'invalid_model',
    message: expect.stringMatching(/: model\.safetensors is missing\.$/),
  })
})
