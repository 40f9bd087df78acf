import { difference, type KnownText } from './honest-texts.ts'
import { type Ended, type RawAnswer, RawConnection } from './raw-connection.ts'

/** What a case may use. */
export interface Setting {
  readonly url: URL
  /** A whole number below `limit`, by the case's seed. */
  readonly upTo: (limit: number) => number
  readonly known: readonly KnownText[]
  /** Milliseconds within which a connection must have come to its end. */
  readonly patience: number
}

/**
 * What came of a case. `answered` are the texts of the calls that had to be answered, in their order; null where nothing has to be, and
 * what comes all the same has to be right for one of `known`, or a refusal.
 */
export interface Outcome {
  readonly ended: Ended
  readonly answered: readonly KnownText[] | null
}

/** One case of a family; null where it hung up, so that nothing can come of it. */
export type SocketCase = (setting: Setting) => Promise<Outcome | null>

/** What is asked by requests that are spoilt: it may arrive at any of the tasks. */
export const spoiltText = 'good'

const head = (path: string, fields: readonly string[]) =>
  `POST ${path} HTTP/1.1\r\nHost: worker\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`

function requestOf({ task, text }: Omit<KnownText, 'answer'>, fields: readonly string[] = []): string {
  const body = JSON.stringify({ input: text })
  return `${head(`/v1/tasks/${task}/classify`, ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`, ...fields])}${body}`
}

/** A request of many texts, whose answer takes a while and is long. */
function longRequest({ known, upTo }: Setting): string {
  const inputs = Array.from({ length: 16 }, () => known[upTo(known.length)] as KnownText).map(({ task, text }) => ({ task, input: text }))
  const body = JSON.stringify({ inputs })
  return `${head('/v1/classify', ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`])}${body}`
}

const one = ({ known, upTo }: Setting) => known[upTo(known.length)] as KnownText

function bytes({ upTo }: Setting, count: number, from = 0, to = 256): Buffer {
  return Buffer.from(Array.from({ length: count }, () => from + upTo(to - from)))
}

/** Sends `content`, and nothing after it. */
async function only({ url, patience }: Setting, content: string | Buffer): Promise<Outcome> {
  const connection = await RawConnection.open(url)
  await connection.send(content)
  return { ended: await connection.end(patience), answered: null }
}

const brokenChunks: readonly ((setting: Setting) => string | Buffer)[] = [
  () => 'xyz\r\n{"input": "good"}\r\n0\r\n\r\n',
  () => '-5\r\n{"inp\r\n0\r\n\r\n',
  () => 'ffffffffffffffff\r\n{"input": "good"}\r\n0\r\n\r\n',
  () => '7fffffff\r\n{"input": "good"}',
  () => '3\r\n{"input": "good"}\r\n0\r\n\r\n',
  () => '11\r\n{"input": "good"}0\r\n\r\n',
  () => '11{"input": "good"}\r\n0\r\n\r\n',
  () => '11\r\n{"input": "go',
  () => '\r\n\r\n\r\n',
  () => '11\n{"input": "good"}\n0\n\n',
  () => ' 11 \r\n{"input": "good"}\r\n0\r\n\r\n',
  () => `11;${'x'.repeat(70_000)}\r\n{"input": "good"}\r\n0\r\n\r\n`,
  () => '0\r\n\r\n',
  () => '11\r\n{"input": "good"}\r\n0\r\nContent-Length: 5\r\n\r\nmore',
  (setting) => bytes(setting, 1 + setting.upTo(400)),
]

const lyingLengths: readonly string[][] = [
  ['Content-Length: 5'],
  ['Content-Length: 4000'],
  ['Content-Length: -1'],
  ['Content-Length: 99999999999999999999'],
  ['Content-Length: 0x11'],
  ['Content-Length: 17', 'Content-Length: 18'],
  ['Content-Length: 17', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: gzip, chunked'],
  ['Transfer-Encoding: nonsense'],
]

const oversized: readonly ((setting: Setting) => string[])[] = [
  ({ upTo }) => [`X-Long: ${'x'.repeat(8192 + upTo(2 ** 17))}`],
  ({ upTo }) => [`X-Long: ${'x'.repeat(2 ** 20 + upTo(2 ** 20))}`],
  ({ upTo }) => Array.from({ length: 100 + upTo(20_000) }, (_, n) => `X-${n}: y`),
  ({ upTo }) => [`${'X'.repeat(1000 + upTo(100_000))}: y`],
  ({ upTo }) => [`Prefer: ${'wait=5, '.repeat(100 + upTo(2000))}`],
  ({ upTo }) => [`Authorization: Bearer ${'k'.repeat(1000 + upTo(20_000))}`],
]

/** Waits for some of the answer, or all of what a caller sends has gone out, and hangs up. */
async function hangUp(setting: Setting, content: string, { answer }: { answer: boolean }): Promise<null> {
  const connection = await RawConnection.open(setting.url)
  await connection.send(content)
  await connection.heard(answer ? 1 + setting.upTo(400) : Number.POSITIVE_INFINITY, answer ? setting.patience : setting.upTo(50))
  connection.reset()
  return null
}

/** Families of cases by what they are. */
export const socketCases: Readonly<Record<string, SocketCase>> = {
  'half requests': (setting) => {
    const request = requestOf(one(setting))
    return only(setting, request.slice(0, 1 + setting.upTo(request.length - 1)))
  },
  garbage: (setting) =>
    only(
      setting,
      setting.upTo(2) === 0 ? bytes(setting, 1 + setting.upTo(4096)) : `${bytes(setting, 1 + setting.upTo(2000), 32, 127)}\r\n\r\n`,
    ),
  'requests with flipped bits': (setting) => {
    const request = Buffer.from(requestOf({ task: 'task-0', text: spoiltText }))
    for (let flips = 1 + setting.upTo(4); flips > 0; flips--) {
      const at = setting.upTo(request.indexOf('\r\n\r\n'))
      request[at] = (request[at] as number) ^ (1 << setting.upTo(8))
    }
    return only(setting, request)
  },
  'pipelined requests': async (setting) => {
    const texts = Array.from({ length: 2 + setting.upTo(7) }, () => one(setting))
    const connection = await RawConnection.open(setting.url)
    await connection.send(texts.map((text) => requestOf(text)).join(''))
    await connection.answers(texts.length, setting.patience)
    return { ended: await connection.end(setting.patience), answered: texts }
  },
  'oversized headers': (setting) => {
    const fields = (oversized[setting.upTo(oversized.length)] as (typeof oversized)[number])(setting)
    return only(setting, requestOf({ task: 'task-0', text: spoiltText }, fields))
  },
  'broken chunks': (setting) => {
    const chunks = (brokenChunks[setting.upTo(brokenChunks.length)] as (typeof brokenChunks)[number])(setting)
    const begun = head('/v1/tasks/task-0/classify', ['Content-Type: application/json', 'Transfer-Encoding: chunked'])
    return only(setting, Buffer.concat([Buffer.from(begun), Buffer.from(chunks)]))
  },
  'lengths that lie': (setting) => {
    const fields = lyingLengths[setting.upTo(lyingLengths.length)] as string[]
    return only(setting, `${head('/v1/tasks/task-0/classify', ['Content-Type: application/json', ...fields])}{"input": "good"}`)
  },
  'slow senders': async (setting) => {
    const text = one(setting)
    const connection = await RawConnection.open(setting.url)
    await connection.send(requestOf(text), { size: 1, pause: 1 + setting.upTo(10) })
    await connection.answers(1, setting.patience)
    return { ended: await connection.end(setting.patience), answered: [text] }
  },
  'hang-ups in a request': async (setting) => {
    const request = requestOf(one(setting))
    return hangUp(setting, request.slice(0, 1 + setting.upTo(request.length - 1)), { answer: false })
  },
  'hang-ups before the answer': (setting) => hangUp(setting, longRequest(setting), { answer: false }),
  'hang-ups in the answer': (setting) => hangUp(setting, longRequest(setting), { answer: true }),
}

/** What is wrong with an outcome, and of which kind; null where nothing is. */
export function faultOf(
  { ended, answered }: Outcome,
  known: readonly KnownText[],
): readonly ['lost' | 'wrong' | 'hung' | 'offSchema', string] | null {
  if (!ended.closed) return ['hung', `the connection was not closed; so far ${JSON.stringify(ended.answers.map(({ status }) => status))}`]
  if (answered !== null) {
    if (ended.answers.length !== answered.length)
      return ['lost', `${ended.answers.length} of ${answered.length} answers came, then ${JSON.stringify(ended.rest.slice(0, 200))}`]
    for (const [n, text] of answered.entries()) {
      const { status, headers, body } = ended.answers[n] as RawAnswer
      if (status === 503 && headers.has('retry-after')) continue // those who hung up fill the queue until it is noticed
      const found = status === 200 ? difference([text], JSON.parse(body).results) : `status ${status}: ${body.slice(0, 200)}`
      if (found !== null) return ['wrong', found]
    }
    return null
  }
  for (const answer of ended.answers) {
    const found = refusalFault(answer, known)
    if (found !== null) return found
  }
  return null
}

/** Of an answer to what need not be answered: workerd's own refusals are text, the Worker's are envelopes, and neither is a server's fault. */
function refusalFault({ status, headers, body }: RawAnswer, known: readonly KnownText[]): readonly ['wrong' | 'offSchema', string] | null {
  const told = `status ${status}: ${body.slice(0, 300)}`
  if (status >= 500 && status !== 501) return ['wrong', told]
  if (!headers.get('content-type')?.startsWith('application/json')) return status >= 400 ? null : ['offSchema', told]
  try {
    const { error, results } = JSON.parse(body)
    if (status !== 200) return typeof error.message === 'string' && typeof error.code === 'string' ? null : ['offSchema', told]
    return known.some((text) => difference([text], results) === null) ? null : ['wrong', told]
  } catch {
    return ['offSchema', told]
  }
}
