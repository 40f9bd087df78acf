/** The header that says whether a request comes from the process that started the runtime, and the one that tells of an object. */
export const headers = { token: 'softprompt-token', object: 'softprompt-object' } as const

/**
 * The Worker before the buckets: an operation a request, as a line of JSON before the bytes that are to be written. What an object is comes
 * back in a header, so that what it holds can follow as it is. A request without the token of the environment is refused, since whoever
 * works on the same machine can reach its port.
 */
export const bucketWorker = `
const told = (object) => object && {
  key: object.key, size: object.size, etag: object.etag, uploaded: object.uploaded.toISOString(),
  httpMetadata: object.httpMetadata, customMetadata: object.customMetadata, checksums: object.checksums.toJSON(),
}
const operations = {
  head: async (bucket, [key]) => told(await bucket.head(key)),
  put: async (bucket, [key, options], bytes) => told(await bucket.put(key, bytes, options)),
  list: async (bucket, [options]) => {
    const { objects, ...page } = await bucket.list(options)
    return { ...page, objects: objects.map(told) }
  },
  delete: (bucket, [keys]) => bucket.delete(keys),
  createMultipartUpload: async (bucket, [key, options]) => (await bucket.createMultipartUpload(key, options)).uploadId,
  uploadPart: (bucket, [key, id, number], bytes) => bucket.resumeMultipartUpload(key, id).uploadPart(number, bytes),
  complete: async (bucket, [key, id, parts]) => told(await bucket.resumeMultipartUpload(key, id).complete(parts)),
  abort: (bucket, [key, id]) => bucket.resumeMultipartUpload(key, id).abort(),
}
export default {
  async fetch(request, env) {
    if (request.headers.get('${headers.token}') !== env.TOKEN) return new Response(null, { status: 403 })
    const body = new Uint8Array(await request.arrayBuffer())
    const end = body.indexOf(10)
    const { binding, operation, args } = JSON.parse(new TextDecoder().decode(body.subarray(0, end)))
    try {
      if (operation === 'get') {
        const object = await env[binding].get(...args)
        return new Response(object && object.body, { headers: { '${headers.object}': encodeURIComponent(JSON.stringify(told(object))) } })
      }
      const value = await operations[operation](env[binding], args, body.subarray(end + 1))
      return Response.json({ value: value ?? null })
    } catch (error) {
      return Response.json({ error: error.message })
    }
  },
}
`
