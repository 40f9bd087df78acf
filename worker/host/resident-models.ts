import { mostBytes } from '../../shared/formats/limits.ts'
import { modelBytes } from '../../shared/formats/model-card.ts'
import { readModelPackage } from '../store/model-files.ts'
import { ByteCache } from './byte-cache.ts'
import { FrozenModel } from './frozen-model.ts'

/**
 * The open models of this process, which its hosts share. A Durable Object is thrown away when it idles and made anew when it is
 * called, with nobody told: were a session its own, each time would leave one more copy of the weights in the WASM memory.
 * Only finished models are shared; the work of loading belongs to the request that began it, and ends with it.
 */
const resident = new ByteCache<FrozenModel>(mostBytes.model, (model) => {
  model.close().catch((error) => console.error(error))
})

export function residentModel(model: string): FrozenModel | undefined {
  return resident.get(model)
}

/** Loads `model` from the bucket and keeps it, in place of the least recently used where both do not fit. */
export async function loadModel(bucket: R2Bucket, model: string): Promise<FrozenModel> {
  const files = await readModelPackage(bucket, model)
  const loaded = resident.get(model) // by another host, meanwhile
  if (loaded !== undefined) return loaded
  resident.makeRoom(modelBytes(files.card))
  const opened = await FrozenModel.open(files)
  const first = resident.get(model)
  if (first !== undefined) {
    await opened.close() // the other host's may be in use
    return first
  }
  resident.set(model, opened)
  return opened
}
