import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../../trainer/random.ts'
import { quantile } from '../bench/quantile.ts'
import type { Attack } from './attack.ts'
import { type Answered, patience, Unanswered } from './caller.ts'
import type { Findings } from './findings.ts'
import { askedAgain, difference, type KnownText, knownTexts } from './honest-texts.ts'
import { withService } from './service.ts'

/** Looping clients with one text each, and with several, beside each other. */
const groups = [
  { rows: 1, clients: 64 },
  { rows: 2, clients: 4 },
  { rows: 20, clients: 2 },
]
const tasks = 8
/**
 * A call of n texts takes at most twice n times as long as a call of one, the median call and the slowest: its rows run one after another,
 * each by its turn, and a turn comes as often for it as for anybody. A starved one would take as long as others keep coming.
 */
const fair = 2
/** Calls whose median says something. */
const enough = 10
/** A call that was refused comes back so often. */
const maxTries = 60

/** Honest callers, as many as saturate a host, and then more than it has room for. */
export const load: Attack = {
  about: 'honest callers in numbers: every answer the single one bit for bit, none starved, what is refused answered later',
  options: { calls: 2000, crowd: 16, room: 512, seed: 1 },
  run(findings, { calls = 0, crowd = 0, room = 0, seed = 0 }) {
    // the load here is the machine's business: nobody is to be refused for having waited long
    const vars = { MAX_WAIT_MS: patience, MAX_QUEUE_ROWS: room, MAX_INPUTS: Math.floor(room / 4) }
    return withService(
      tasks,
      async ({ url }) => {
        const { milliseconds } = await saturate(findings, url, calls, seed)
        return { milliseconds, refusals: await overflow(findings, url, { crowd, size: vars.MAX_INPUTS, seed }) }
      },
      vars,
    )
  },
}

/** Clients that ask, wait, and ask again, until `calls` of one text are answered. */
async function saturate(findings: Findings, url: URL, calls: number, seed: number) {
  const known = await knownTexts(url, { count: Math.min(200, calls), most: 100, tasks, seed })
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  const random = seededRandom(seed, 1)
  const some = (count: number) => Array.from({ length: count }, () => known[Math.floor(known.length * random())] as KnownText)
  const times = new Map(groups.map(({ rows }) => [rows, [] as number[]]))
  const singles = times.get(1) as number[]
  let begun = 0
  const client = async (rows: number) => {
    while (rows === 1 ? begun++ < calls : singles.length < calls) {
      const texts = some(rows)
      const start = performance.now()
      const answered = await heard(findings, familyOf(rows), () => askedAgain(url, texts, agent))
      times.get(rows)?.push(performance.now() - start)
      if (answered !== null) check(findings, familyOf(rows), texts, answered)
      else if (rows > 1 && begun >= calls) return
    }
  }
  await Promise.all(groups.flatMap(({ rows, clients }) => Array.from({ length: clients }, () => client(rows))))
  agent.destroy()

  for (const { rows } of groups) {
    const of = times.get(rows) as number[]
    for (const share of of.length < enough ? [1] : [0.5, 1]) {
      const [took, single] = [quantile(of, share), quantile(singles, share)]
      if (took <= fair * rows * single) continue
      const which = share === 1 ? 'slowest' : 'median'
      findings.fault(familyOf(rows), 'hung', `the ${which} took ${took.toFixed(0)} ms, the ${which} call of one text ${single.toFixed(0)}`)
    }
  }
  return { milliseconds: Object.fromEntries(Array.from(times, ([rows, of]) => [rows, described(of)])) }
}

const familyOf = (rows: number) => (rows === 1 ? 'calls of one text' : `calls of ${rows} texts`)

function described(times: readonly number[]) {
  return { calls: times.length, p50: Math.round(quantile(times, 0.5)), max: Math.round(Math.max(...times)) }
}

/** More at a time than the queue has room for, from callers who come back when they are told to. */
async function overflow(findings: Findings, url: URL, { crowd, size, seed }: { crowd: number; size: number; seed: number }) {
  const known = await knownTexts(url, { count: 32, most: 12, tasks, seed: seed + 1 })
  const family = 'calls beyond the room of the queue'
  let refusals = 0
  const client = async (n: number) => {
    const texts = Array.from({ length: size }, (_, i) => known[(n + i) % known.length] as KnownText)
    findings.tried(family)
    for (let tries = 1; ; tries++) {
      const answered = await heard(findings, family, () => askedAgain(url, texts), 0)
      if (answered === null) return
      if (answered.status !== 503) return check(findings, family, texts, answered)
      refusals++
      const seconds = Number(answered.headers['retry-after'])
      if (answered.body.error?.code !== 'overloaded' || !(seconds >= 1 && seconds <= 60))
        return findings.fault(
          family,
          'offSchema',
          `a refusal with Retry-After ${answered.headers['retry-after']}: ${JSON.stringify(answered.body)}`,
        )
      if (tries === maxTries) return findings.fault(family, 'hung', `refused ${tries} times, each after the time that it was told to wait`)
      await setTimeout(1000 * seconds)
    }
  }
  await Promise.all(Array.from({ length: crowd }, (_, n) => client(n)))
  if (refusals === 0) findings.fault(family, 'wrong', `${crowd} calls of ${size} texts at once, and none was refused`)
  return refusals
}

/** A call's answer; null, and the fault is noted, where none came. */
async function heard(findings: Findings, family: string, call: () => Promise<Answered>, cases = 1): Promise<Answered | null> {
  findings.tried(family, cases)
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    findings.fault(family, error.fault, error.message)
    return null
  }
}

function check(findings: Findings, family: string, texts: readonly KnownText[], { status, body }: Answered): void {
  const found = status === 200 ? difference(texts, body.results) : `status ${status}: ${JSON.stringify(body).slice(0, 300)}`
  if (found !== null) findings.fault(family, 'wrong', found)
}
