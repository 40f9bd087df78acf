import { seededRandom } from '../../trainer/random.ts'
import { ask, clients } from './looping-clients.ts'
import { quantile } from './quantile.ts'
import type { LocalWorker } from './wrangler-worker.ts'

/** Answers a second for texts of 4 to 128 tokens. */
export interface MixedLengths {
  readonly mixed: number
  /** The same texts in the order of their lengths: those that wait together are alike, whoever chooses. */
  readonly sorted: number
  /** Medians of the rounds' ratios. */
  readonly mixedToSorted: number
  /** `mixed` over the rate of a single client, who has each text run alone. */
  readonly mixedToAlone: number
  readonly texts: number
}

const texts = 96
const rounds = 5

/** What it costs that the texts of callers who come together are of different lengths. Rounds take the orders in turn, so that all meet the same noise. */
export async function mixedLengths({ url }: LocalWorker): Promise<MixedLengths> {
  const random = seededRandom(0)
  const mixed = Array.from({ length: texts }, () => textOf(4 + Math.floor(125 * random())))
  const sorted = mixed.toSorted((a, b) => a.length - b.length)
  const rates: Record<'mixed' | 'sorted' | 'alone', number[]> = { mixed: [], sorted: [], alone: [] }
  for (let round = -1; round < rounds; round++) {
    const orders = [['mixed', mixed, clients], ['sorted', sorted, clients], ['alone', mixed, 1]] as const // biome-ignore format: a line
    for (const [name, order, asking] of orders) {
      const { milliseconds } = await ask(url, order, 1, asking)
      if (round >= 0) rates[name].push((1000 * texts) / milliseconds) // the one before loads the prompt
    }
  }
  const over = (other: readonly number[]) => quantile(rates.mixed.map((rate, round) => rate / (other[round] as number)), 0.5) // biome-ignore format: a line
  return {
    ...{ mixed: quantile(rates.mixed, 0.5), sorted: quantile(rates.sorted, 0.5) },
    ...{ mixedToSorted: over(rates.sorted), mixedToAlone: over(rates.alone), texts },
  }
}

/** A text of so many tokens, its beginning and end among them. */
function textOf(tokens: number): string {
  return Array.from({ length: tokens - 2 }, (_, n) => (n % 2 === 0 ? 'good' : 'day')).join(' ')
}
