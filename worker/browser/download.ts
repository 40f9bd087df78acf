import { SoftPromptError } from '../../shared/error.ts'
import { abortedWith, unlessAborted } from '../../shared/unless-aborted.ts'

interface Source {
  readonly url: string
  /** For people. */
  readonly name: string
  /** The most bytes. */
  readonly limit: number
  /** Whether it has just so many. */
  readonly isWhole: boolean
}

interface DownloadOptions {
  readonly signal: AbortSignal
  readonly headers: Readonly<Record<string, string>>
  /** After so many milliseconds without a byte a request is given up. */
  readonly stallMs: number
  /** So many bytes more came, and so many are here. */
  readonly onBytes: (came: number, loaded: number) => void
}

/** What has come so far. */
interface Part {
  readonly buffer: Uint8Array<ArrayBuffer>
  loaded: number
  /** Of the file that the bytes are of, by which the rest can be asked for. */
  etag: string | null
}

/** Requests in which nothing comes, before the download is given up. */
const attempts = 3
/** Milliseconds before the second request; twice as many before the next. */
const firstPause = 200

/**
 * The bytes at `url`. Where they break off or stall the rest is asked for, as long as some come. Throws `invalid_file` where there are more
 * or fewer than there should be, `storage` where the service can't be reached, else what the service answers.
 */
export async function download(source: Source, options: DownloadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const part: Part = { buffer: new Uint8Array(source.limit), loaded: 0, etag: null }
  for (let idle = 1; ; idle++) {
    const before = part.loaded
    try {
      await receive(source, part, options)
      return part.loaded === source.limit ? part.buffer : part.buffer.slice(0, part.loaded)
    } catch (error) {
      options.signal.throwIfAborted()
      if (error instanceof SoftPromptError && !mayPass(error)) throw error
      if (part.loaded > before) idle = 1
      if (idle === attempts) throw givenUp(source, part, error as Error)
      await unlessAborted(options.signal, new Promise((resolve) => setTimeout(resolve, firstPause * 2 ** (idle - 1))))
    }
  }
}

/** One request, for what is not there yet. */
async function receive(source: Source, part: Part, { signal, headers, stallMs, onBytes }: DownloadOptions): Promise<void> {
  const request = abortedWith([signal])
  const stalled = () => request.abort(new Error(`nothing came for ${stallMs / 1000} s`))
  let timer = setTimeout(stalled, stallMs)
  try {
    const rest: Record<string, string> =
      part.loaded > 0 && part.etag !== null ? { Range: `bytes=${part.loaded}-`, 'If-Range': part.etag } : {}
    const response = await fetch(source.url, { headers: { ...headers, ...rest }, signal: request.signal, cache: 'no-store' })
    if (!response.ok) throw await refusal(source, part, response)
    if (response.status !== 206) part.loaded = 0
    part.etag = strongEtag(response)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      clearTimeout(timer)
      timer = setTimeout(stalled, stallMs)
      if (part.loaded + chunk.value.length > source.limit) {
        request.abort()
        throw new SoftPromptError('invalid_file', `Cannot load ${source.name} from ${source.url}: it has more than ${source.limit} bytes.`)
      }
      part.buffer.set(chunk.value, part.loaded)
      part.loaded += chunk.value.length
      onBytes(chunk.value.length, part.loaded)
    }
    if (source.isWhole && part.loaded < source.limit) throw new Error(`it ended after ${part.loaded} of ${source.limit} bytes`)
  } catch (error) {
    throw request.signal.aborted && !(error instanceof SoftPromptError) ? request.signal.reason : error
  } finally {
    clearTimeout(timer)
    request.letGo()
  }
}

/** Weak ones name no bytes. */
function strongEtag({ headers }: Response): string | null {
  const etag = headers.get('etag')
  return etag?.startsWith('"') ? etag : null
}

/** What the service says instead, with its own code and words where they came. */
async function refusal({ url, name }: Source, { loaded }: Part, response: Response): Promise<SoftPromptError> {
  if (response.status === 416)
    return new SoftPromptError(
      'invalid_file',
      `Cannot load ${name} from ${url}: it ends after ${loaded} bytes, which are too few. Publish it again.`,
    )
  const envelope: unknown = await response.json().catch(() => null)
  const { code, message } = (envelope as { error?: { code?: unknown; message?: unknown } } | null)?.error ?? {}
  const known = codes.find((each) => each === code) ?? byStatus[response.status] ?? 'storage'
  const told = typeof message === 'string' ? `: ${message}` : '.'
  return new SoftPromptError(known, `Cannot load ${name} from ${url}: the service answered with ${response.status}${told}`)
}

/** The errors of a service that a page can do something about. */
const codes = ['unauthorized', 'unknown_task', 'not_found', 'overloaded', 'not_ready', 'invalid_file', 'invalid_prompt'] as const
const byStatus: Readonly<Record<number, (typeof codes)[number]>> = { 401: 'unauthorized', 403: 'unauthorized', 404: 'not_found' }

function mayPass({ code }: SoftPromptError): boolean {
  return code === 'storage' || code === 'overloaded' || code === 'not_ready'
}

function givenUp({ url, name, limit, isWhole }: Source, { loaded }: Part, cause: Error): SoftPromptError {
  if (cause instanceof SoftPromptError) return cause
  const far = loaded === 0 ? '' : ` after ${loaded}${isWhole ? ` of ${limit}` : ''} bytes`
  const { origin } = globalThis
  const cors = new URL(url).origin === origin || loaded > 0 ? '' : ` and that its CORS_ORIGINS names ${origin}, the origin of this page`
  return new SoftPromptError(
    'storage',
    `Cannot load ${name} from ${url}: ${cause.message}${far}, ${attempts} times. See that the service is up${cors}.`,
    { cause },
  )
}
