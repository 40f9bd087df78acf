import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../shared/error.ts'

/** A text of a task. */
export interface TaskInput {
  readonly task: string
  readonly input: string
}

const Answers = z.object({
  results: z.array(
    z.object({ task: z.string(), label: z.string().nullable(), batch: z.object({ id: z.string(), rows: z.number(), tasks: z.number() }) }),
  ),
})

export interface MixedAnswers {
  /** The label of each question, in order. */
  readonly labels: readonly (string | null)[]
  /** How many runs of the model had rows of more than one task. */
  readonly mixedBatches: number
}

const perCall = 16
const attempts = 10

/** Asks a Worker over HTTP, `perCall` inputs a call. */
export async function classifyMixed(url: string, inputs: readonly TaskInput[]): Promise<MixedAnswers> {
  const labels: (string | null)[] = []
  const mixed = new Set<string>()
  for (let from = 0; from < inputs.length; from += perCall) {
    const response = await asked(`${url}/v1/classify`, inputs.slice(from, from + perCall))
    const text = await response.text()
    if (!response.ok) throw new SoftPromptError('storage', `The Worker answered ${response.status}: ${excerpt(text, 500)}`)
    for (const { label, batch } of Answers.parse(JSON.parse(text)).results) {
      labels.push(label)
      if (batch.tasks > 1) mixed.add(batch.id)
    }
  }
  return { labels, mixedBatches: mixed.size }
}

/** A Worker's response. One that is busy, as on a machine with other work, is asked again when it says. */
async function asked(endpoint: string, inputs: readonly TaskInput[]): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ inputs }) })
    if (response.status !== 503 || attempt === attempts) return response
    await pause(1000 * (Number(response.headers.get('retry-after')) || 1))
  }
}

/** The lists' items in turn, so that every call mixes them. */
export function interleave<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat()
}
