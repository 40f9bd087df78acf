import type { Agent } from 'node:http'
import { seededRandom } from '../../trainer/random.ts'
import { posted } from './caller.ts'

/** A text of a task and what the service answers to it alone. */
export interface KnownText {
  readonly task: string
  readonly text: string
  /** Label, probabilities, tokens and whether it was cut, as JSON: the same to the last bit, or another. */
  readonly answer: string
}

const words = 'good bad day night parcel refund the a slow film order letter window train chair again never please where'.split(' ')

/** `count` texts of 1 to `most` words and up to `tasks` tasks, asked alone, one after another. Throws where one isn't answered. */
export async function knownTexts(
  url: URL,
  { count, most, tasks, seed }: { count: number; most: number; tasks: number; seed: number },
): Promise<KnownText[]> {
  const random = seededRandom(seed)
  const upTo = (below: number) => Math.floor(below * random())
  const known: KnownText[] = []
  for (let n = 0; n < count; n++) {
    const task = `task-${upTo(tasks)}`
    // mostly short ones, as texts are
    const text = Array.from({ length: 1 + upTo(random() < 0.8 ? Math.min(12, most) : most) }, () => words[upTo(words.length)]).join(' ')
    known.push(await knownText(url, task, text))
  }
  return known
}

/** What is answered to `text` alone. Throws where nothing is. */
export async function knownText(url: URL, task: string, text: string): Promise<KnownText> {
  const { status, body } = await posted(url, `/v1/tasks/${task}/classify`, { input: text })
  if (status !== 200) throw new Error(`${task} cannot be asked alone: ${status} ${JSON.stringify(body)}`)
  return { task, text, answer: comparable(body.results[0]) }
}

/** A call of `texts`: one of a single task by its own route. */
export function askedAgain(url: URL, texts: readonly KnownText[], agent?: Agent) {
  const [{ task, text }] = texts as [KnownText]
  if (texts.length === 1) return posted(url, `/v1/tasks/${task}/classify`, { input: text }, agent)
  return posted(url, '/v1/classify', { inputs: texts.map(({ task, text }) => ({ task, input: text })) }, agent)
}

/** What is wrong with the results of a call of `texts`; null where each is the single answer, bit for bit. */
export function difference(texts: readonly KnownText[], results: unknown): string | null {
  if (!Array.isArray(results) || results.length !== texts.length)
    return `${texts.length} texts got ${JSON.stringify(results)?.slice(0, 200)}`
  for (const [n, { task, text, answer }] of texts.entries()) {
    const got = comparable(results[n])
    if (got !== answer) return `${task} ${JSON.stringify(text.slice(0, 60))} got ${got}, and alone ${answer}`
  }
  return null
}

function comparable({ label, probability, probabilities, truncated, tokens }: Record<string, unknown>): string {
  return JSON.stringify({ label, probability, probabilities, truncated, tokens })
}
