import { reply } from '../reply.ts'
import type { CallName, EngineCalls, FromEngine, ToEngine } from './messages.ts'
import { Tasks } from './tasks.ts'

/** The engine: what runs in the Web Worker. */

const tasks = new Tasks()
/** The calls under way, by their ids. */
const calls = new Map<number, AbortController>()
const send = (message: FromEngine) => self.postMessage(message)

self.onmessage = async ({ data: asked }: MessageEvent<ToEngine>) => {
  const { id } = asked
  if (asked.call === 'abort') return calls.get(id)?.abort()
  const call = new AbortController()
  calls.set(id, call)
  try {
    send({ id, reply: await reply(() => answer(asked, call.signal)) })
  } catch (error) {
    if (!call.signal.aborted) send({ id, defect: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) })
  } finally {
    calls.delete(id)
  }
}

function answer(asked: Exclude<ToEngine, { call: 'abort' }>, signal: AbortSignal): Promise<EngineCalls[CallName]['answered']> {
  switch (asked.call) {
    case 'load':
      return tasks.load(asked.url, asked.settings, signal, (progress) => send({ id: asked.id, progress }))
    case 'classify':
      return tasks.classify(asked.handle, asked.texts, signal)
    case 'dispose':
      return tasks.dispose(asked.handle)
  }
}
