import { sha256 } from '../../shared/formats/hashing.ts'

/** The name of our cache in the browser's. */
const cacheName = 'softprompt'

/** What a file is kept under: its hash, so that it is the same file whoever it came from. Nothing is ever asked of this address. */
const addressOf = (hash: string) => `https://softprompt.invalid/${hash}`

/** The kept file of hash `hash`, or null. One that is no longer what it was is thrown away. */
export async function cachedBytes(hash: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const cache = await openCache()
  const response = await cache?.match(addressOf(hash))
  if (!cache || !response) return null
  const bytes = new Uint8Array(await response.arrayBuffer())
  if ((await sha256(bytes)) === hash) return bytes
  await cache.delete(addressOf(hash))
  return null
}

export async function keepBytes(hash: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const cache = await openCache()
  try {
    await cache?.put(addressOf(hash), new Response(bytes))
  } catch (error) {
    console.warn(`softprompt: the browser has no room to keep what was loaded, and will load it again: ${(error as Error).message}`)
  }
}

/** Null where the browser lets this page keep nothing, as in some private windows. */
async function openCache(): Promise<Cache | null> {
  try {
    return await caches.open(cacheName)
  } catch {
    return null
  }
}

/** `work`'s value, with nobody else of this origin at work on the file of hash `hash` meanwhile. */
export async function onlyOne<Value>(hash: string, signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  signal.throwIfAborted()
  return navigator.locks.request(`softprompt ${hash}`, { signal }, work) as Promise<Value>
}
