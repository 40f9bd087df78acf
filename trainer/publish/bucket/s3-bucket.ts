import { setMaxListeners } from 'node:events'
import type { R2Conditional, R2ListOptions, R2UploadedPart } from '@cloudflare/workers-types'
import { AwsClient } from 'aws4fetch'
import { SoftPromptError } from '../../../shared/error.ts'
import type { Bucket } from './bucket.ts'
import { Call } from './call.ts'
import { LastingError } from './retry.ts'
import { allowed, endingBound, type TimeBound, timeBounds } from './time-bound.ts'

type Bytes = Uint8Array<ArrayBuffer> | string

interface Wanted {
  readonly method: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Bytes
  /** Statuses that are answers, and no failures. */
  readonly expected?: readonly number[]
  /** It cleans up after what has failed. */
  readonly ending?: boolean
}

/** What is used of R2's options of a writing. */
interface PutOptions {
  readonly onlyIf?: R2Conditional
  readonly sha256?: string
  readonly httpMetadata?: { contentType?: string }
  readonly customMetadata?: { sha256?: string }
}

/** The header under which S3 keeps the SHA-256 of an object: one of its uploader's own, which every server keeps. */
const hashHeader = 'x-amz-meta-sha256'

const reading = new Set(['GET', 'HEAD'])

/** The most bytes of an answer that is no object: a page of a listing names 1,000 keys of at most 1,024 bytes. */
const maxXml = 2 ** 23

/** Objects removed at the same time. */
const together = 8

/**
 * The bucket, and the folder in it, that `address` (`s3://bucket/prefix`) names, at any server that speaks S3: that of AWS_ENDPOINT_URL_S3 or
 * AWS_ENDPOINT_URL, else Amazon's. Keys come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, the region from AWS_REGION
 * or AWS_DEFAULT_REGION. Each call throws a `LastingError` where it gets no answer within the time that `bound` allows for its bytes.
 */
export function s3Bucket(address: string, signal: AbortSignal, env = process.env, bound: TimeBound = timeBounds.remote): Bucket {
  const { bucket: name, prefix } = parsed(address)
  const aws = new AwsClient({ ...credentials(env), service: 's3', retries: 0 })
  const base = baseOf(name, env)
  setMaxListeners(0, signal) // many calls may be under way

  /** What `take` makes of the answer to a request for the object `key`, or for the bucket where that is empty. */
  async function ask<Value>(
    key: string,
    { method, query = {}, headers = {}, body, expected = [], ending = false }: Wanted,
    take: (response: Response, call: Call) => Promise<Value>,
  ): Promise<Value> {
    if (signal.aborted && !ending) throw new SoftPromptError('interrupted', 'Interrupted.')
    const url = new URL(`${base.pathname.replace(/\/$/, '')}${key === '' ? '' : `/${encodedKey(prefix + key)}`}`, base)
    for (const [field, value] of Object.entries(query)) url.searchParams.set(field, value)
    const call = new Call(ending ? [] : [signal], ending ? endingBound : allowed(bound, body?.length ?? 0))
    try {
      const signed = await aws.sign(url.href, { method, headers, ...(body === undefined ? {} : { body }) })
      const response = await call.heed(fetch(signed, { signal: call.signal, redirect: 'error' }))
      if (!response.ok && !expected.includes(response.status)) throw await failure(response, call)
      return await take(response, call)
    } catch (cause) {
      call.end()
      if (!signal.aborted || ending) throw deeper(cause)
      const unknown = ` while ${key} was being changed in the bucket: it may or may not have changed. softprompt list shows what is published`
      throw new SoftPromptError('interrupted', `Interrupted${reading.has(method) ? '' : unknown}.`)
    }
  }

  /** The answer's text. */
  const text = (key: string, wanted: Wanted) =>
    ask(key, wanted, async (response, call) => {
      const said = await shortText(response, call)
      call.end()
      return { response, said }
    })

  async function head(key: string) {
    const { response } = await text(key, { method: 'HEAD', expected: [404] })
    return response.status === 404 ? null : told(key, response, Number(response.headers.get('content-length')))
  }

  const bucket = {
    head,
    get: (key: string, { range }: { range?: { offset: number; length: number } } = {}) => {
      const headers: Record<string, string> =
        range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
      return ask(key, { method: 'GET', headers, expected: [404] }, async (response, call) => {
        if (response.status === 404 || response.body === null) {
          await response.body?.cancel()
          call.end()
          return null
        }
        const length = Number(response.headers.get('content-length') ?? Number.NaN)
        const size = response.status === 206 ? Number(response.headers.get('content-range')?.split('/')[1]) : length
        if (!Number.isSafeInteger(size)) throw new LastingError('the server does not say how long the object is')
        call.give(allowed(bound, Number.isNaN(length) ? (range?.length ?? size) : length))
        const body = call.stream(response.body as ReadableStream<Uint8Array>)
        return {
          ...told(key, response, size),
          body,
          arrayBuffer: () => new Response(body).arrayBuffer(),
          text: () => new Response(body).text(),
        }
      })
    },
    async put(key: string, body: Bytes, { onlyIf, sha256, ...metadata }: PutOptions = {}) {
      const headers: Record<string, string> = {
        ...metadataHeaders(metadata),
        ...(sha256 === undefined ? {} : { 'x-amz-content-sha256': sha256 }),
        ...(onlyIf?.etagMatches === undefined ? {} : { 'if-match': `"${onlyIf.etagMatches}"` }),
        ...(onlyIf?.etagDoesNotMatch === undefined ? {} : { 'if-none-match': onlyIf.etagDoesNotMatch }),
      }
      // 412: the condition does not hold; 409: another writer is at it; 404: what was to be replaced is gone
      const { response } = await text(key, { method: 'PUT', body, headers, expected: onlyIf === undefined ? [] : [404, 409, 412] })
      return response.ok ? told(key, response, body.length) : null
    },
    async list({ prefix: start = '', startAfter, cursor, delimiter, limit }: R2ListOptions = {}) {
      const { said } = await text('', {
        method: 'GET',
        query: {
          'list-type': '2',
          'encoding-type': 'url',
          prefix: prefix + start,
          ...(startAfter === undefined ? {} : { 'start-after': prefix + startAfter }),
          ...(cursor === undefined ? {} : { 'continuation-token': cursor }),
          ...(delimiter === undefined ? {} : { delimiter }),
          ...(limit === undefined ? {} : { 'max-keys': String(limit) }),
        },
      })
      const own = (encoded: string) => decodedKey(encoded).slice(prefix.length)
      const objects = elements(said, 'Contents').map((entry) => ({
        key: own(element(entry, 'Key')),
        size: Number(element(entry, 'Size')),
        etag: unquoted(element(entry, 'ETag')),
        uploaded: new Date(element(entry, 'LastModified')),
      }))
      const delimitedPrefixes = elements(said, 'CommonPrefixes').map((entry) => own(element(entry, 'Prefix')))
      if (element(said, 'IsTruncated') !== 'true') return { objects, delimitedPrefixes, truncated: false }
      const next = element(said, 'NextContinuationToken')
      if (next === '') throw new LastingError('the server lists a part, and does not say where the next one begins')
      return { objects, delimitedPrefixes, truncated: true, cursor: next }
    },
    async delete(keys: string | string[]) {
      const left = [keys].flat()
      while (left.length > 0) await Promise.all(left.splice(0, together).map((key) => text(key, { method: 'DELETE', expected: [404] })))
    },
    async createMultipartUpload(key: string, metadata: PutOptions = {}) {
      const headers = metadataHeaders(metadata)
      const started = await text(key, { method: 'POST', query: { uploads: '' }, headers })
      const uploadId = element(started.said, 'UploadId')
      return {
        async uploadPart(partNumber: number, body: Bytes): Promise<R2UploadedPart> {
          const { response } = await text(key, { method: 'PUT', query: { partNumber: String(partNumber), uploadId }, body })
          return { partNumber, etag: unquoted(response.headers.get('etag') ?? '') }
        },
        async complete(parts: R2UploadedPart[]) {
          const listed = parts.map(({ partNumber, etag }) => `<Part><PartNumber>${partNumber}</PartNumber><ETag>"${etag}"</ETag></Part>`)
          const body = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`
          const { said } = await text(key, { method: 'POST', query: { uploadId }, body })
          if (said.includes('<Error>')) throw new Error(`the server answered ${element(said, 'Code')}: ${element(said, 'Message')}`) // with status 200
          return head(key)
        },
        abort: () => text(key, { method: 'DELETE', query: { uploadId }, expected: [404], ending: true }),
      }
    },
  }
  return bucket as unknown as Bucket
}

function parsed(address: string): { bucket: string; prefix: string } {
  const [, bucket, folder = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(address) ?? []
  if (bucket === undefined || folder.split('/').includes('..'))
    throw new SoftPromptError('usage', `Cannot open store ${address}: it has to be s3://bucket or s3://bucket/prefix.`)
  const prefix = folder.replace(/\/+$/, '')
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

/** Throws `usage` where the environment has no keys. */
function credentials(env: NodeJS.ProcessEnv) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env
  if (!accessKeyId || !secretAccessKey)
    throw new SoftPromptError(
      'usage',
      'Cannot open the S3 store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_ENDPOINT_URL where it is not at Amazon).',
    )
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}), region: regionOf(env) }
}

function regionOf(env: NodeJS.ProcessEnv): string {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1' // which R2 takes for its own
}

function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined
}

/** The bucket's own address: a path at a server of one's choice, a host at Amazon. */
function baseOf(bucket: string, env: NodeJS.ProcessEnv): URL {
  const endpoint = endpointOf(env)
  if (endpoint === undefined) return new URL(`https://${bucket}.s3.${regionOf(env)}.amazonaws.com/`)
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new SoftPromptError('usage', `Cannot use AWS_ENDPOINT_URL ${endpoint}: it has to be an address such as https://s3.example.com.`)
  return new URL(`${endpoint.replace(/\/+$/, '')}/${bucket}`)
}

function encodedKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

function decodedKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '))
}

function metadataHeaders({ httpMetadata, customMetadata }: PutOptions): Record<string, string> {
  const { sha256 } = customMetadata ?? {}
  return {
    'content-type': httpMetadata?.contentType ?? 'application/octet-stream',
    ...(sha256 === undefined ? {} : { [hashHeader]: sha256 }),
  }
}

/** What an answer tells of an object. R2 checks a checksum and keeps it; S3 need not, but keeps the one that was noted. */
function told(key: string, { headers }: Response, size: number) {
  const uploaded = new Date(headers.get('last-modified') ?? Date.now())
  const sha256 = headers.get(hashHeader)
  const customMetadata = sha256 === null ? {} : { sha256 }
  return { key, size, etag: unquoted(headers.get('etag') ?? ''), uploaded, customMetadata, checksums: { toJSON: () => ({}) } }
}

function unquoted(etag: string): string {
  return etag.replace(/^(W\/)?"(.*)"$/, '$2')
}

/** A failure as an error: one that another try would only repeat is a `LastingError`. */
async function failure(response: Response, call: Call): Promise<Error> {
  const said = await shortText(response, call).catch(() => '')
  const [code, message] = [element(said, 'Code'), element(said, 'Message')]
  const why = `the server answered ${response.status}${code && ` ${code}`}${message && `: ${message}`}`
  const passing = response.status >= 500 || [408, 429].includes(response.status)
  return passing ? new Error(why) : new LastingError(why)
}

/** What fetch hides behind "fetch failed". */
function deeper(error: unknown): unknown {
  const { cause } = Object(error) as { cause?: unknown }
  return error instanceof TypeError && cause instanceof Error
    ? new Error(cause.message || (cause as NodeJS.ErrnoException).code, { cause })
    : error
}

async function shortText({ body }: Response, call: Call): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = body.getReader()
  for (let chunk = await call.heed(reader.read()); !chunk.done; chunk = await call.heed(reader.read())) {
    bytes += chunk.value.length
    if (bytes > maxXml) throw new LastingError(`the server answered more than ${maxXml} bytes`)
    chunks.push(chunk.value)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The contents of the first element `name` in S3's XML, which has neither attributes nor an element within one of its own name. */
function element(xml: string, name: string): string {
  return (elements(xml, name)[0] ?? '').replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, named) =>
    named === undefined
      ? String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal))
      : (entities[named] ?? whole),
  )
}

function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(([, inner = '']) => inner)
}
