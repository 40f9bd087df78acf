import { fetch } from 'miniflare'

/** Bytes of a Worker's JavaScript heap, and of the buffers that its typed arrays own outside of it. */
export interface HeapUsage {
  readonly used: number
  readonly buffers: number
}

/**
 * The heap of the Worker behind Miniflare's inspector, after a garbage collection, which workerd does on the next request:
 * `wake` makes one. WASM memories are in neither figure.
 */
export async function heapUsage(inspector: URL, wake: () => Promise<unknown>): Promise<HeapUsage> {
  const address = inspector.href.replace('ws:', 'http:')
  const targets = (await (await fetch(new URL('/json', address))).json()) as { id: string; webSocketDebuggerUrl: string }[]
  const target = targets.find(({ id }) => id.startsWith('core:user:'))
  if (target === undefined) throw new Error('the inspector shows no Worker')
  const { webSocket } = await fetch(target.webSocketDebuggerUrl.replace('ws:', 'http:'), { headers: { upgrade: 'websocket' } })
  if (!webSocket) throw new Error('the inspector takes no connection')
  webSocket.accept()

  let last = 0
  const waiting = new Map<number, (result: never) => void>()
  webSocket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data))
    waiting.get(id)?.(result as never)
  })
  const ask = <Result>(method: string) =>
    new Promise<Result>((resolve) => {
      last += 1
      waiting.set(last, resolve)
      webSocket.send(JSON.stringify({ id: last, method }))
    })
  await ask('HeapProfiler.enable')
  await Promise.all([ask('HeapProfiler.collectGarbage'), wake()])
  const usage = await ask<{ usedSize: number; backingStorageSize?: number }>('Runtime.getHeapUsage')
  webSocket.close()
  if (usage.backingStorageSize === undefined) throw new Error('this workerd does not tell the size of buffers')
  return { used: usage.usedSize, buffers: usage.backingStorageSize }
}
