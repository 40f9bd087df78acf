import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../../trainer/random.ts'
import type { Attack } from './attack.ts'
import { posted, Unanswered } from './caller.ts'
import type { Findings } from './findings.ts'
import { askedAgain, difference, type KnownText, knownText, knownTexts } from './honest-texts.ts'
import { RawConnection } from './raw-connection.ts'
import { withService } from './service.ts'
import { faultOf, type Setting, socketCases, spoiltText } from './socket-cases.ts'

const tasks = 3
const honestClients = 4
/** The most texts of a call, and of a queue: such a call is taken only where nothing else is held. */
const room = 256
/** Milliseconds within which a connection must have ended. */
const patience = 60_000

/** Callers who do not keep to HTTP, many at once, with honest ones among them. */
export const sockets: Attack = {
  about: 'raw sockets: half requests, garbage, broken chunks, slow senders, hang-ups; honest calls among them are answered right',
  options: { each: 60, atOnce: 32, seed: 1 },
  run(findings, { each = 0, atOnce = 0, seed = 0 }) {
    const attacked = async (url: URL) => {
      const known = await knownTexts(url, { count: 40, most: 20, tasks, seed })
      for (let task = 0; task < tasks; task++) known.push(await knownText(url, `task-${task}`, spoiltText))
      const idle = await Promise.all(Array.from({ length: atOnce }, () => RawConnection.open(url)))
      const over = new AbortController()
      const honest = Promise.all(Array.from({ length: honestClients }, (_, n) => askUntil(findings, url, known, seed + n, over.signal)))
      await attack(findings, url, known, { each, atOnce, seed })
      over.abort()
      await honest
      for (const connection of idle) connection.reset()
      await afterwards(findings, url, known)
      return {}
    }
    return withService(tasks, ({ url }) => attacked(url), { MAX_QUEUE_ROWS: room, MAX_INPUTS: room, MAX_WAIT_MS: patience })
  },
}

/** Every family's cases, in turn, so many at once. */
async function attack(
  findings: Findings,
  url: URL,
  known: readonly KnownText[],
  { each, atOnce, seed }: { each: number; atOnce: number; seed: number },
) {
  const cases = Array.from({ length: each }, (_, n) =>
    Object.entries(socketCases).map(([family, run], f) => ({ family, run, n, f })),
  ).flat()
  const client = async () => {
    for (let next = cases.shift(); next !== undefined; next = cases.shift()) {
      const { family, run, n, f } = next
      const random = seededRandom(seed, f, n)
      const setting: Setting = { url, known, patience, upTo: (limit) => Math.floor(limit * random()) }
      findings.tried(family)
      try {
        const outcome = await run(setting)
        const fault = outcome && faultOf(outcome, known)
        if (fault !== null) findings.fault(family, fault[0], `case ${n}: ${fault[1]}`)
      } catch (error) {
        findings.fault(family, 'lost', `case ${n}: ${(error as Error).message}`) // nothing listens any more
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
}

/** Asks text after text, and sees that each is answered as ever. One that is refused for now comes back. */
async function askUntil(findings: Findings, url: URL, known: readonly KnownText[], seed: number, over: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  const random = seededRandom(seed)
  while (!over.aborted)
    await honestly(findings, url, [known[Math.floor(known.length * random())] as KnownText], 'honest calls among them', agent)
  agent.destroy()
}

async function honestly(findings: Findings, url: URL, texts: readonly KnownText[], family: string, agent?: Agent): Promise<void> {
  findings.tried(family)
  try {
    for (;;) {
      const { status, headers, body } = await askedAgain(url, texts, agent)
      if (status === 503 && body.error?.code === 'overloaded') {
        await setTimeout(1000 * Number(headers['retry-after']))
        continue
      }
      const found = status === 200 ? difference(texts, body.results) : `status ${status}: ${JSON.stringify(body).slice(0, 300)}`
      if (found !== null) findings.fault(family, 'wrong', found)
      return
    }
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    findings.fault(family, error.fault, error.message)
  }
}

/** Every text is answered as before, and who hung up has left nothing in the queue. */
async function afterwards(findings: Findings, url: URL, known: readonly KnownText[]): Promise<void> {
  for (const text of known) await honestly(findings, url, [text], 'honest calls afterwards')
  const family = 'a call that takes all the room'
  findings.tried(family)
  const { status, body } = await posted(url, '/v1/tasks/task-0/classify', { input: Array.from({ length: room }, () => 'good') })
  if (status !== 200 || body.results.length !== room)
    findings.fault(family, 'wrong', `status ${status}: ${JSON.stringify(body).slice(0, 300)}`)
}
