import { ask, clients } from './looping-clients.ts'
import { quantile } from './quantile.ts'
import { texts } from './texts.ts'
import type { LocalWorker } from './wrangler-worker.ts'

export interface Throughput {
  /** By the number of tasks: answers a second, and the rows of the batch that an answer came in. */
  readonly tasks: Readonly<Record<number, { readonly answers: number; readonly rows: number }>>
  /** The rate with the most tasks over that with one. */
  readonly mostToOne: number
  readonly clients: number
  readonly calls: number
}

const counts = [1, 8, 64] as const
const callsAClient = 12
const rounds = 7

/** Clients that each ask for one text, wait, and ask again. Rounds go through all numbers of tasks, so that all meet the same noise; medians over the rounds. */
export async function throughput({ url }: LocalWorker): Promise<Throughput> {
  const inputs = texts(clients * callsAClient)
  const rates = new Map<number, number[]>(counts.map((tasks) => [tasks, []]))
  const rows = new Map<number, number[]>(counts.map((tasks) => [tasks, []]))
  for (let round = -1; round < rounds; round++) {
    for (const tasks of round % 2 === 0 ? counts : counts.toReversed()) {
      const asked = await ask(url, inputs, tasks)
      if (round < 0) continue // it loads the prompts
      rates.get(tasks)?.push((1000 * inputs.length) / asked.milliseconds)
      rows.get(tasks)?.push(...asked.rows)
    }
  }
  const [one, most] = [rates.get(counts[0]) ?? [], rates.get(counts[2]) ?? []]
  return {
    tasks: Object.fromEntries(
      counts.map((tasks) => [tasks, { answers: quantile(rates.get(tasks) ?? [], 0.5), rows: quantile(rows.get(tasks) ?? [], 0.5) }]),
    ),
    mostToOne: quantile(
      most.map((rate, round) => rate / (one[round] as number)),
      0.5,
    ),
    clients,
    calls: rounds * inputs.length,
  }
}
