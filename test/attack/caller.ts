import { type Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: ReturnType<typeof JSON.parse>
}

/** What became of a call that was not answered: the connection ended, or nothing came within the time. */
export class Unanswered extends Error {
  readonly fault: 'lost' | 'hung'

  constructor(fault: 'lost' | 'hung', message: string) {
    super(message)
    this.fault = fault
  }
}

/** Milliseconds within which an answer has to come: many times what one takes, since the machine has others to serve. */
export const patience = 120_000

/** The answer to `body` posted as JSON. Throws `Unanswered`. */
export function posted(url: URL, path: string, body: unknown, agent?: Agent): Promise<Answered> {
  const payload = Buffer.from(JSON.stringify(body))
  const headers = { 'content-type': 'application/json', 'content-length': payload.length }
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method: 'POST', agent, headers, timeout: patience }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', (error) => reject(new Unanswered('lost', error.message)))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        try {
          resolve({ status: response.statusCode as number, headers: response.headers, body: JSON.parse(text) })
        } catch {
          reject(new Unanswered('lost', `the answer is not JSON: ${text.slice(0, 200)}`))
        }
      })
    })
    sent.on('timeout', () => sent.destroy(new Unanswered('hung', `no answer in ${patience / 1000} s`)))
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // workerd hangs up on a kept connection some seconds after a run that took long: the request never got there
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(posted(url, path, body, agent))
      else reject(error instanceof Unanswered ? error : new Unanswered('lost', error.message))
    })
    sent.end(payload)
  })
}
