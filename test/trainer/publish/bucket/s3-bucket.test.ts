import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterAll, describe, expect, test } from 'vitest'
import { readModel } from '../../../../shared/engine/stored-model.ts'
import { bucketStore } from '../../../../trainer/publish/bucket/bucket.ts'
import { s3Bucket } from '../../../../trainer/publish/bucket/s3-bucket.ts'

const never = new AbortController().signal
const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections()
})

/** A bucket at a server that answers as it is told to, and what it was asked. */
async function at(answer: (request: IncomingMessage, response: ServerResponse, n: number) => void, signal = never, patience = 30_000) {
  const asked: string[] = []
  const server = createServer((request, response) => answer(request, response, asked.push(`${request.method} ${request.url}`)))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const env = { ...keys, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }
  return { bucket: s3Bucket('s3://bucket/prefix', signal, env, { patience, bytesPerSecond: 2 ** 20 }), asked }
}

const errorXml = (code: string, message: string) =>
  `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`

describe('what is said of the store', () => {
  test.each(['s3://', 's3://UPPER/x', 's3://bucket/../other', 's3:/bucket'])('%s is refused', (address) => {
    expect(() => s3Bucket(address, never, keys)).toThrow(/s3:\/\/bucket or s3:\/\/bucket\/prefix/)
  })

  test('keys and an address have to be there', () => {
    expect(() => s3Bucket('s3://bucket', never, {})).toThrow(/set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/)
    expect(() => s3Bucket('s3://bucket', never, { ...keys, AWS_ENDPOINT_URL: 'localhost:9000' })).toThrow(/AWS_ENDPOINT_URL localhost:9000/)
  })
})

test('a request is signed, for the object under the prefix', async () => {
  let headers: IncomingMessage['headers'] = {}
  const { bucket, asked } = await at((request, response) => {
    headers = request.headers
    response.writeHead(200, { etag: '"e"', 'content-length': 2 }).end('{}')
  })
  expect(await (await bucket.get('tasks/a b.json'))!.text()).toBe('{}')
  expect(asked).toEqual(['GET /bucket/prefix/tasks/a%20b.json'])
  expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=id\/\d+\/us-east-1\/s3\/aws4_request/)
})

describe('a server that', () => {
  test('is busy is asked again', async () => {
    const { bucket, asked } = await at(
      (_, response, n) =>
      n < 3 ? response.writeHead(503).end(errorXml('SlowDown', 'Reduce your rate')) : response.writeHead(200, { etag: '"e"', 'content-length': 2 }).end('{}'), // biome-ignore format: one thought
    )
    expect(new TextDecoder().decode((await bucketStore(bucket).read('tasks/a.json', 10))!)).toBe('{}')
    expect(asked).toHaveLength(3)
  })

  test('refuses is asked once, and its reason told', async () => {
    const { bucket, asked } = await at((_, response) => response.writeHead(403).end(errorXml('AccessDenied', 'Not &quot;yours&quot;')))
    await expect(bucketStore(bucket).read('tasks/a.json', 10)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('Cannot read tasks/a.json in the bucket: the server answered 403 AccessDenied: Not "yours"'),
    })
    expect(asked).toHaveLength(1)
  })

  test('does not answer is given up in time', async () => {
    const { bucket } = await at(() => undefined, never, 300)
    await expect(bucketStore(bucket).read('tasks/a.json', 10)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('no answer came within 1 s') }) // biome-ignore format: one thought
  })

  test('stops in the middle of an object is given up in time', async () => {
    const { bucket } = await at((_, response) => response.writeHead(200, { 'content-length': 1000 }).write('half'), never, 300)
    await expect(bucketStore(bucket).read('tasks/a.json', 2000)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('no answer came within') }) // biome-ignore format: one thought
  })

  test('hangs up in the middle of an object gives no part of it', async () => {
    const { bucket, asked } = await at((_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('half', () => response.destroy())
    })
    await expect(bucketStore(bucket).read('tasks/a.json', 2000)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('Cannot read tasks/a.json') }) // biome-ignore format: one thought
    expect(asked.length).toBeGreaterThan(1)
  }, 30_000)

  test('says less than it promises, or more than is wanted, is refused', async () => {
    const { bucket } = await at((_, response) => response.writeHead(200, { 'content-length': 1000 }).end('x'.repeat(1000)))
    await expect(bucketStore(bucket).read('tasks/a.json', 999)).rejects.toMatchObject({ code: 'invalid_file', message: expect.stringContaining('1000 bytes') }) // biome-ignore format: one thought
    const { bucket: endless } = await at((_, response) => response.writeHead(200).end('of no length'))
    await expect(bucketStore(endless).read('tasks/a.json', 999)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('how long the object is') }) // biome-ignore format: one thought
  })

  test('hands out other bytes than were stored is found out', async () => {
    const { bucket } = await at((_, response) => response.writeHead(200, { 'content-length': 2 }).end('{}'))
    await expect(readModel(bucketStore(bucket), 'a'.repeat(64), 1000, { place: 'it', remedy: '' })).rejects.toMatchObject({ code: 'invalid_model', message: expect.stringContaining('does not match the hash') }) // biome-ignore format: one thought
  })

  test('lists a part and not where the next begins is refused', async () => {
    const { bucket, asked } = await at((_, response) => response.end('<R><IsTruncated>true</IsTruncated></R>'))
    const first = bucketStore(bucket).list('tasks/')[Symbol.asyncIterator]().next()
    await expect(first).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('where the next one begins') })
    expect(asked).toHaveLength(1)
  })

  test('gives a range and not its length is waited for as long as the range may take', async () => {
    const { bucket } = await at((_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-3/8' }).write('ab')
      setTimeout(() => response.end('cd'), 200)
    })
    expect(await (await bucket.get('models/a', { range: { offset: 0, length: 4 } }))!.text()).toBe('abcd')
  })

  test('leads elsewhere is not followed', async () => {
    const { bucket } = await at((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end())
    await expect(bucket.head('tasks/a.json')).rejects.toThrow(/redirect/)
  })
})

test('an interrupted command says what may have changed', async () => {
  const controller = new AbortController()
  const { bucket } = await at(() => controller.abort(), controller.signal)
  await expect(bucket.put('tasks/a.json', '{}')).rejects.toMatchObject({ code: 'interrupted', message: expect.stringContaining('tasks/a.json was being changed') }) // biome-ignore format: one thought
  await expect(bucket.get('tasks/a.json')).rejects.toMatchObject({ code: 'interrupted', message: 'Interrupted.' })
})

test('parts that cannot be put together are an error though the status is 200', async () => {
  const { bucket } = await at(
    (request, response) =>
    response.writeHead(200, { etag: '"part"' }).end(request.url!.includes('uploads') ? '<R><UploadId>u1</UploadId></R>' : errorXml('InternalError', 'Try again')), // biome-ignore format: one thought
  )
  const upload = await bucket.createMultipartUpload('models/x/model.onnx.data')
  const part = await upload.uploadPart(1, new Uint8Array(5))
  await expect(upload.complete([part])).rejects.toThrow('InternalError: Try again')
})
