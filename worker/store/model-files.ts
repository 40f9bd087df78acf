import { SoftPromptError } from '../../shared/error.ts'
import { parseCard, sha256 } from '../../shared/formats/card.ts'
import { mostBytes } from '../../shared/formats/limits.ts'
import { ModelCard, modelBytes } from '../../shared/formats/model-card.ts'
import { type ModelFile, modelKey } from '../../shared/formats/storage-keys.ts'
import { requireObject } from './read-object.ts'

export interface ModelPackage {
  readonly card: ModelCard
  readonly tokenizer: string
  readonly graph: Uint8Array<ArrayBuffer>
  readonly weights: Uint8Array<ArrayBuffer>
}

/** Model package `model`, each file's hash checked. Throws `not_found`, `invalid_model`, or `unsupported` where it is too large to run here. */
export async function readModelPackage(bucket: R2Bucket, model: string): Promise<ModelPackage> {
  const cardBytes = await requireObject(bucket, modelKey(model, 'model.json'), mostBytes.modelCard)
  if ((await sha256(cardBytes)) !== model) throw broken(model, 'model.json is another one than the name is the hash of')
  const card = parseCard(ModelCard, new TextDecoder().decode(cardBytes), `model ${model}/model.json`, 'invalid_model')
  const bytes = modelBytes(card)
  if (bytes > mostBytes.model) {
    throw new SoftPromptError(
      'unsupported',
      `Cannot load model ${card.name}: it has ${bytes} bytes, and a Worker's memory holds ${mostBytes.model}. Import it with --weights int8, or take a smaller one.`,
    )
  }
  const read = async (file: Exclude<ModelFile, 'model.json'>) => {
    const contents = await requireObject(bucket, modelKey(model, file), card.files[file].bytes)
    if ((await sha256(contents)) !== card.files[file].sha256) throw broken(model, `${file} is not the file that model.json describes`)
    return contents
  }
  const [tokenizer, graph, weights] = await Promise.all([read('tokenizer.json'), read('model.onnx'), read('model.onnx.data')])
  return { card, tokenizer: new TextDecoder().decode(tokenizer), graph, weights }
}

function broken(model: string, why: string): SoftPromptError {
  return new SoftPromptError('invalid_model', `Cannot load model ${model}: ${why}. Was it changed or cut? Publish it again.`)
}
