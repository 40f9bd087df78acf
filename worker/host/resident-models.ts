import { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Store } from '../../shared/engine/store.ts'
import { readModel } from '../../shared/engine/stored-model.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import { modelBytes } from '../../shared/formats/model-card.ts'
import { loadTokenizer } from '../../shared/text/tokenizer.ts'
import { openWorkerdSession } from '../runtimes/workerd.ts'
import { ByteCache } from './byte-cache.ts'

/**
 * The open models of this process, which its hosts share. A Durable Object is thrown away when it idles and made anew when it is
 * called, with nobody told: were a session its own, each time would leave one more copy of the weights in the WASM memory.
 * Only finished models are shared; the work of loading belongs to the request that began it, and ends with it.
 */
const resident = new ByteCache<FrozenModel>(maxBytes.model, (model) => {
  model.close().catch((error) => console.error(error))
})

export function residentModel(model: string): FrozenModel | undefined {
  return resident.get(model)
}

/** Loads `model` from the bucket and keeps it, in place of the least recently used where both do not fit. */
export async function loadModel(store: Store, model: string): Promise<FrozenModel> {
  const { card, tokenizer, graph, weights } = await readModel(store, model, maxBytes.model)
  const loaded = resident.get(model) // by another host, meanwhile
  if (loaded !== undefined) return loaded
  resident.makeRoom(modelBytes(card))
  const encode = loadTokenizer(tokenizer, `model ${card.name}/tokenizer.json`, card.sizes.vocabulary, card.checkedPatterns)
  const opened = await FrozenModel.open({ card, encode }, () => openWorkerdSession(graph, weights))
  const first = resident.get(model)
  if (first !== undefined) {
    await opened.close() // the other host's may be in use
    return first
  }
  resident.set(model, opened)
  return opened
}
