import { setTimeout } from 'node:timers/promises'
import { fetch } from 'miniflare'

/** Bytes of a Worker's JavaScript heap, and of the buffers that its typed arrays own outside of it. */
export interface HeapUsage {
  readonly used: number
  readonly buffers: number
}

/**
 * The heap of the Worker behind Miniflare's inspector, after a garbage collection. What the inspector is asked, workerd does
 * with the next request: `wake` makes them until it is done. WASM memories are in neither figure.
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
  const ask = async <Result>(method: string) => {
    let done = false
    const answer = new Promise<Result>((resolve) => {
      last += 1
      waiting.set(last, resolve)
      webSocket.send(JSON.stringify({ id: last, method }))
    }).finally(() => {
      done = true
    })
    while (!done) {
      await wake()
      await setTimeout(20)
    }
    return answer
  }
  await ask('HeapProfiler.enable')
  await ask('HeapProfiler.collectGarbage')
  const usage = await ask<{ usedSize: number; backingStorageSize?: number }>('Runtime.getHeapUsage')
  webSocket.close()
  if (usage.backingStorageSize === undefined) throw new Error('this workerd does not tell the size of buffers')
  return { used: usage.usedSize, buffers: usage.backingStorageSize }
}
