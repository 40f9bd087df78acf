import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ByteRange, Store } from '../../shared/engine/store.ts'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { Sha256 } from '../../shared/formats/hashing.ts'
import { modelFiles, modelKey, promptFiles, promptKey } from '../../shared/formats/storage-keys.ts'
import { errorEnvelope } from '../middleware/error-envelope.ts'
import type { Served } from '../services.ts'
import { errorResponses } from './error-responses.ts'
import { refuseInvalid } from './refuse-invalid.ts'
import { isNamed, requestedRange } from './requested-range.ts'

/** `describe` makes a copy, which knows `openapi`: the schema itself may be older than that. */
const hash = (what: string) =>
  Sha256.describe(`SHA-256 of the ${what} package`).openapi({
    example: '0927fdb1706fcf159c4bcfa28ebcb8b313b5d1f0703c0df87257f051d824b2bf',
  })

const header = (name: string, example: string, description: string) => ({
  in: 'header' as const,
  name,
  schema: { type: 'string' as const, example },
  description,
})

/** Read in `packageFile`: as parts of the request's schema, they would be ones that every typed client has to send. */
const parameters = [
  header('Range', 'bytes=0-1023', 'One range of bytes, to get that part of the file'),
  header('If-Range', '"models/0927fdb1/model.onnx"', 'The ETag of the file that the range is of; else the whole file comes'),
  header('If-None-Match', '"models/0927fdb1/model.onnx"', 'The ETag of the file that the caller has: it is not sent again'),
]

const content = {
  'application/json': { schema: z.looseObject({}).openapi('PackageJson', { description: 'A file of JSON' }) },
  'application/octet-stream': { schema: z.string().openapi({ format: 'binary', description: 'Any other file' }) },
}

const responses = {
  200: { description: 'The file. It never changes, so it may be kept for ever', content },
  206: { description: 'The range of it', content },
  304: { description: 'It is the one that `If-None-Match` names' },
  416: { ...errorResponses[400], description: 'The range begins behind its end: `Content-Range` says how many bytes it has' },
  ...errorResponses,
}

const modelFile = createRoute({
  method: 'get',
  path: '/v1/models/{hash}/{file}',
  operationId: 'getModelFile',
  tags: ['Models and prompts'],
  summary: 'A file of a model package, for whoever runs the model elsewhere',
  parameters,
  request: {
    params: z.object({
      hash: hash('model'),
      file: z.enum(modelFiles).openapi({ description: 'A file of the package', example: 'model.json' }),
    }),
  },
  responses,
})

const promptFile = createRoute({
  method: 'get',
  path: '/v1/prompts/{hash}/{file}',
  operationId: 'getPromptFile',
  tags: ['Models and prompts'],
  summary: 'A file of a prompt package, for whoever runs the model elsewhere',
  parameters,
  request: {
    params: z.object({
      hash: hash('prompt'),
      file: z.enum(promptFiles).openapi({ description: 'A file of the package', example: 'prompt.json' }),
    }),
  },
  responses,
})

export function packageRoutes() {
  return new OpenAPIHono<Served>({ defaultHook: refuseInvalid })
    .openapi(modelFile, (c) => {
      const { hash, file } = c.req.valid('param')
      return packageFile(c, modelKey(hash, file))
    })
    .openapi(promptFile, (c) => {
      const { hash, file } = c.req.valid('param')
      return packageFile(c, promptKey(hash, file))
    })
}

/** The file under `key`, whole or in part, as RFC 9110 has it. It goes through as it comes: a model may be larger than an isolate's memory. */
async function packageFile(c: Context<Served>, key: string): Promise<Response> {
  const { store, apiKeys } = c.var.services
  const [ifNoneMatch, range, ifRange] = ['if-none-match', 'range', 'if-range'].map((name) => c.req.header(name))
  const etag = `"${key}"` // what is stored under a hash is always the same
  const isHead = c.req.method === 'HEAD'
  const whole = ifNoneMatch === undefined && range === undefined && !isHead ? await store.stream(key) : null
  const bytes = whole === null ? await sizeOf(store, key) : whole.bytes
  c.header('ETag', etag)
  c.header('Cache-Control', `${apiKeys ? 'private' : 'public'}, max-age=31536000, immutable`)
  c.header('Accept-Ranges', 'bytes')
  c.header('X-Content-Type-Options', 'nosniff')
  if (isNamed(etag, ifNoneMatch)) return c.body(null, 304)
  const wanted = requestedRange(range, ifRange, etag, bytes)
  if (wanted === 'unsatisfiable') {
    c.header('Content-Range', `bytes */${bytes}`)
    return errorEnvelope(c, 'range_not_satisfiable', `Cannot give ${excerpt(range)} of ${key}: it has ${bytes} bytes.`)
  }
  const { offset, length } = wanted === 'whole' ? { offset: 0, length: bytes } : wanted
  c.header('Content-Type', key.endsWith('.json') ? 'application/json' : 'application/octet-stream')
  c.header('Content-Length', String(length))
  if (wanted !== 'whole') c.header('Content-Range', `bytes ${offset}-${offset + length - 1}/${bytes}`)
  const status = wanted === 'whole' ? 200 : 206
  if (isHead) return c.body(null, status)
  const { body } = whole ?? (await requireStream(store, key, { offset, length }))
  return c.body(body, status)
}

/** Found by reading one byte: a body that is given back unread leaves a line in workerd's log. */
async function sizeOf(store: Store, key: string): Promise<number> {
  const { bytes, body } = await requireStream(store, key, { offset: 0, length: 1 })
  await new Response(body).arrayBuffer()
  return bytes
}

async function requireStream(store: Store, key: string, range: ByteRange) {
  const found = await store.stream(key, range)
  if (found === null) throw new SoftPromptError('not_found', `Cannot find ${key}: nothing is stored under this name.`)
  return found
}
