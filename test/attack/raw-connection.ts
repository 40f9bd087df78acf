import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** How a connection went. */
export interface Ended {
  readonly answers: readonly RawAnswer[]
  /** What came after the last whole answer. */
  readonly rest: string
  /** Whether the other side closed it, once nothing more was to come from this one, before the time was up. */
  readonly closed: boolean
}

/** A socket to `url`, for bytes that no client would send. */
export class RawConnection {
  readonly #socket: Socket
  readonly #closed: Promise<void>
  #heard = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => {}) // a reset is an end like another
    socket.on('data', (chunk) => {
      this.#heard = Buffer.concat([this.#heard, chunk])
    })
  }

  static async open(url: URL): Promise<RawConnection> {
    const socket = connect({ port: Number(url.port), host: url.hostname, allowHalfOpen: false, noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawConnection(socket)
  }

  /** Sends `bytes`, `size` at a time with `pause` milliseconds between, as long as the other side listens. */
  async send(bytes: string | Buffer, { size = Infinity, pause = 0 } = {}): Promise<void> {
    const all = Buffer.from(bytes)
    for (let at = 0; at < all.length && !this.#socket.destroyed; at += size) {
      const free = this.#socket.write(all.subarray(at, Math.min(all.length, at + size)))
      if (!free) await Promise.race([new Promise((resolve) => this.#socket.once('drain', resolve)), this.#closed])
      if (pause > 0) await setTimeout(pause)
    }
  }

  /** Waits until so many bytes have come, the connection is closed, or the time is up. */
  async heard(bytes: number, patience: number): Promise<void> {
    const until = Date.now() + patience
    while (this.#heard.length < bytes && !this.#socket.destroyed && Date.now() < until) await setTimeout(5)
  }

  /** Waits for `count` whole answers, or the end of the connection or of the time. */
  async answers(count: number, patience: number): Promise<void> {
    const until = Date.now() + patience
    while (parsed(this.#heard).answers.length < count && !this.#socket.destroyed && Date.now() < until) await setTimeout(5)
  }

  /** Nothing more will be sent; what has come once the other side closes too. */
  async end(patience: number): Promise<Ended> {
    this.#socket.end()
    const waiting = new AbortController()
    const closed = await Promise.race([
      this.#closed.then(() => true),
      setTimeout(patience, false, { signal: waiting.signal }).catch(() => false),
    ])
    waiting.abort()
    this.#socket.destroy()
    return { ...parsed(this.#heard), closed }
  }

  /** Hangs up. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }
}

/** The answers in `bytes`, whose bodies have a length or come in chunks. */
function parsed(bytes: Buffer): Omit<Ended, 'closed'> {
  const answers: RawAnswer[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const [line = '', ...fields] = rest.subarray(0, Math.max(0, end)).toString('latin1').split('\r\n')
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(`${line} `)?.[1]
    if (end < 0 || status === undefined) break
    const headers = new Map(
      fields.map((field) => {
        const [name = '', ...value] = field.split(':')
        return [name.toLowerCase(), value.join(':').trim()]
      }),
    )
    const body = bodyOf(rest.subarray(end + 4), headers)
    if (body === null) break
    answers.push({ status: Number(status), headers, body: body.bytes.toString() })
    rest = rest.subarray(end + 4 + body.taken)
  }
  return { answers, rest: rest.toString('latin1') }
}

function bodyOf(bytes: Buffer, headers: ReadonlyMap<string, string>): { bytes: Buffer; taken: number } | null {
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = Number(headers.get('content-length') ?? 0)
    return bytes.length < length ? null : { bytes: bytes.subarray(0, length), taken: length }
  }
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return null
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16)
    const end = line + 2 + size + 2
    if (!(size >= 0) || bytes.length < end) return null
    if (size === 0) return { bytes: Buffer.concat(chunks), taken: end }
    chunks.push(bytes.subarray(line + 2, end - 2))
    at = end
  }
}
