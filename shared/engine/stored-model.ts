import { SoftPromptError } from '../error.ts'
import { parseCard } from '../formats/card.ts'
import { sha256 } from '../formats/hashing.ts'
import { maxBytes } from '../formats/limits.ts'
import { ModelCard, modelBytes } from '../formats/model-card.ts'
import { type ModelFile, modelKey } from '../formats/storage-keys.ts'
import { loadTokenizer } from '../text/tokenizer.ts'
import { FrozenModel } from './frozen-model.ts'
import type { Session } from './session.ts'
import { requireObject, type Store } from './store.ts'

export interface StoredModel {
  readonly card: ModelCard
  /** The JSON of tokenizer.json. */
  readonly tokenizer: string
  readonly graph: Uint8Array<ArrayBuffer>
  readonly weights: Uint8Array<ArrayBuffer>
}

/** The card of the stored model `model`, or null where there is none. */
export async function findModelCard(store: Pick<Store, 'read'>, model: string): Promise<ModelCard | null> {
  const bytes = await store.read(modelKey(model, 'model.json'), maxBytes.modelCard)
  if (bytes === null) return null
  if ((await sha256(bytes)) !== model) throw broken(model, 'model.json does not match the hash in its name')
  return parseCard(ModelCard, new TextDecoder().decode(bytes), `model ${model}/model.json`, 'invalid_model')
}

/** The card of the stored model `model`. Throws `not_found` where there is none. */
export async function readModelCard(store: Pick<Store, 'read'>, model: string): Promise<ModelCard> {
  const card = await findModelCard(store, model)
  if (card !== null) return card
  throw new SoftPromptError(
    'not_found',
    `Cannot load ${modelKey(model, 'model.json')}: the bucket has no such object. It may have been deleted: publish it again.`,
  )
}

/** What may be too small for a model, in words, and what to do then. */
export interface Room {
  readonly place: string
  readonly remedy: string
}

/** The stored model `model`, each file's hash checked. Throws `not_found`, `invalid_model`, or `unsupported` where its files have more than `limit` bytes together, for which there is no room in `place`. */
export async function readModel(store: Pick<Store, 'read'>, model: string, limit: number, { place, remedy }: Room): Promise<StoredModel> {
  const card = await readModelCard(store, model)
  const bytes = modelBytes(card)
  if (bytes > limit) {
    throw new SoftPromptError(
      'unsupported',
      `Cannot load model ${card.name}: it has ${bytes} bytes, and ${place} holds ${limit}. ${remedy}`,
    )
  }
  const read = async (file: Exclude<ModelFile, 'model.json'>) => {
    const contents = await requireObject(store, modelKey(model, file), card.files[file].bytes)
    if ((await sha256(contents)) !== card.files[file].sha256) throw broken(model, `${file} is not the file that model.json describes`)
    return contents
  }
  const [tokenizer, graph, weights] = await Promise.all([read('tokenizer.json'), read('model.onnx'), read('model.onnx.data')])
  return { card, tokenizer: new TextDecoder().decode(tokenizer), graph, weights }
}

/** A stored model in ONNX Runtime, by the door `openSession`. Throws as `FrozenModel.open`, and where its tokenizer can't be used. */
export async function openStored(model: StoredModel, openSession: (model: StoredModel) => Promise<Session>): Promise<FrozenModel> {
  const { card, tokenizer } = model
  const encode = loadTokenizer(tokenizer, `model ${card.name}/tokenizer.json`, card.sizes.vocabulary, card.checkedPatterns)
  return FrozenModel.open({ card, encode }, () => openSession(model))
}

function broken(model: string, why: string): SoftPromptError {
  return new SoftPromptError(
    'invalid_model',
    `Cannot load model ${model}: ${why}. It may have been changed or cut short: publish it again.`,
  )
}
