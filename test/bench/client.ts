import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** The parsed answer to `body` posted as JSON, over a kept connection. Throws where the status is not 200. */
export function post<Answer>(url: URL, path: string, body: unknown): Promise<Answer> {
  const payload = Buffer.from(JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': payload.length }
    const sent = request(new URL(path, url), { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${path} answered ${response.statusCode}: ${text}`))
      })
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // workerd hangs up on a kept connection some seconds after a run that took long: the request never got there.
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(post(url, path, body))
      else reject(error)
    })
    sent.end(payload)
  })
}
