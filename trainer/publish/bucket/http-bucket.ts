import { setMaxListeners } from 'node:events'
import type { R2UploadedPart } from '@cloudflare/workers-types'
import { SoftPromptError } from '../../../shared/error.ts'
import type { Bucket } from './bucket.ts'
import { headers } from './bucket-worker.ts'
import { Call } from './call.ts'
import type { Runtime } from './runtime.ts'
import { allowed, endingBound, type TimeBound } from './time-bound.ts'

type Bytes = Uint8Array<ArrayBuffer> | string

interface Wanted {
  readonly operation: string
  readonly args: readonly unknown[]
  readonly body?: Bytes
  /** That are moved, where they are others than the body's. */
  readonly bytes?: number
}

/** What the Worker tells of an object. */
interface Told {
  readonly size: number
  readonly uploaded: string
  readonly checksums: Record<string, string>
}

const reads = new Set(['head', 'get', 'list'])

/**
 * The bucket that is bound as `binding` in `runtime`. Each call throws a `LastingError` where it gets no answer within the time that `bound`
 * allows for its bytes, or where the runtime fails, and `interrupted` once `signal` is aborted. (Wrangler's own proxy makes a request of
 * every property that is read, and lets the process stand still meanwhile: where the runtime doesn't answer, no timer and no Ctrl-C is heard.)
 */
export function httpBucket(runtime: Runtime, binding: string, bound: TimeBound, signal: AbortSignal): Bucket {
  setMaxListeners(0, signal, runtime.failed) // many calls may be under way
  /** What `take` makes of the answer. */
  async function ask<Value>(
    { operation, args, body = '', bytes = body.length }: Wanted,
    take: (response: Response, call: Call) => Promise<Value>,
  ): Promise<Value> {
    const ending = operation === 'abort' // it cleans up after what has failed
    if (signal.aborted && !ending) throw new SoftPromptError('interrupted', 'Interrupted.')
    const call = new Call(ending ? [] : [signal, runtime.failed], ending ? endingBound : allowed(bound, bytes))
    try {
      const asked = fetch(runtime.url, {
        method: 'POST',
        headers: { [headers.token]: runtime.token },
        body: new Blob([`${JSON.stringify({ binding, operation, args })}\n`, body]),
        signal: call.signal,
      })
      const response = await call.heed(asked)
      if (!response.ok) throw new Error(`the local Workers runtime answered ${response.status}`)
      return await take(response, call)
    } catch (cause) {
      call.end()
      if (!signal.aborted || ending) throw cause
      const unknown = ` while ${args[0]} was being changed in the bucket (${operation}): it may or may not have changed. softprompt list shows what is published`
      throw new SoftPromptError('interrupted', `Interrupted${reads.has(operation) ? '' : unknown}.`)
    }
  }

  const send = (wanted: Wanted) =>
    ask(wanted, async (response, call) => {
      const { value, error } = (await call.heed(response.json())) as { value: ReturnType<typeof JSON.parse>; error?: string }
      if (error !== undefined) throw new Error(error)
      call.end()
      return value
    })

  const bucket = {
    head: async (key: string) => revived(await send({ operation: 'head', args: [key] })),
    get: (key: string, options = {}) =>
      ask({ operation: 'get', args: [key, options] }, async (response, call) => {
        const told = response.headers.get(headers.object)
        if (told === null) throw new Error(((await call.heed(response.json())) as { error: string }).error)
        const object = revived<Told>(JSON.parse(decodeURIComponent(told)))
        if (object === null || response.body === null) {
          call.end()
          return null
        }
        call.give(allowed(bound, object.size))
        const body = call.stream(response.body)
        return { ...object, body, arrayBuffer: () => new Response(body).arrayBuffer(), text: () => new Response(body).text() }
      }),
    put: async (key: string, body: Bytes, options = {}) => revived(await send({ operation: 'put', args: [key, options], body })),
    async list(options = {}) {
      const { objects, ...page } = await send({ operation: 'list', args: [options] })
      return { ...page, objects: objects.map(revived) }
    },
    delete: (keys: string | string[]) => send({ operation: 'delete', args: [keys] }),
    async createMultipartUpload(key: string, options = {}) {
      const id: string = await send({ operation: 'createMultipartUpload', args: [key, options] })
      let bytes = 0
      return {
        uploadPart(number: number, body: Bytes): Promise<R2UploadedPart> {
          bytes += body.length
          return send({ operation: 'uploadPart', args: [key, id, number], body })
        },
        complete: async (parts: R2UploadedPart[]) => revived(await send({ operation: 'complete', args: [key, id, parts], bytes })),
        abort: () => send({ operation: 'abort', args: [key, id] }),
      }
    },
  }
  return bucket as unknown as Bucket
}

/** What is told of an object, as R2 gives it. */
function revived<Object extends Told>(told: Object | null) {
  return told && { ...told, uploaded: new Date(told.uploaded), checksums: { toJSON: () => told.checksums } }
}
