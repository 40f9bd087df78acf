import { existsSync, readdirSync } from 'node:fs'
import { SoftPromptError } from '../../../shared/error.ts'

/** What a folder may hold in the place of model.safetensors, and what is to be done about it. The first that is there is told. */
const others: readonly [names: RegExp, about: (directory: string) => string][] = [
  [/^(pytorch_model\.bin(\.index\.json)?|model\.(bin|pt|pth|ckpt))$/, pickle],
  [/^pytorch_model-\d+-of-\d+\.bin$/, shard('pytorch_model.bin.index.json')],
  [/^model-\d+-of-\d+\.safetensors$/, shard('model.safetensors.index.json')],
  [/^(tf_model\.h5|flax_model\.msgpack)$/, () => 'It is of another library: take the weights that the model was published with as model.safetensors or, where there are none, save them anew with a transformers before version 5, which reads such a file (from_tf, from_flax).'],
  [/\.onnx$|^onnx$/, () => 'ONNX is a graph, and one is built here from the weights: download model.safetensors of the model that it was exported from.'],
] // biome-ignore format: a row each

function pickle(directory: string): string {
  return `A pickle can run any program when it is read, so none is read here. Where you trust it, save it anew in Python: AutoModel.from_pretrained("${directory}").save_pretrained("${directory}", safe_serialization=True).`
}

function shard(index: string): () => string {
  return () => `It is a part of the weights, and ${index}, which names all of them, is missing: download the whole folder.`
}

/** What to throw of a folder without model.safetensors and its index: what lies there in their place, and the way out. */
export function noSafetensors(directory: string): SoftPromptError {
  const there = existsSync(directory) ? readdirSync(directory).sort() : []
  for (const [names, about] of others) {
    const name = there.find((each) => names.test(each))
    if (name !== undefined)
      return new SoftPromptError('unsupported', `Cannot import ${directory}: it has ${name} and no model.safetensors. ${about(directory)}`)
  }
  return new SoftPromptError('invalid_model', `Cannot import ${directory}: model.safetensors is missing.`)
}
