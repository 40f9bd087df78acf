import type { Bench } from './bench.ts'
import { post } from './client.ts'
import { quantile } from './quantile.ts'
import { publishTasks } from './random-tasks.ts'
import { longTexts } from './texts.ts'
import { withWorker } from './wrangler-worker.ts'

const samples = 40

interface Cost {
  /** Milliseconds a batch, with the prompts and without: medians. */
  readonly withPrompt: number
  readonly without: number
  /** The median of the ratios of neighbouring samples, which meet the same noise. */
  readonly ratio: number
}

/** What a prompt of the default length costs a request: the step from rows to answers with it, against the same without. */
export const promptCost: Bench = {
  about: 'a prompt of the default length against none',
  run: (log) =>
    withWorker(async (worker) => {
      const prompts = await publishTasks(worker, 16)
      const measure = async (batch: { prompts: readonly string[]; texts: readonly string[]; runs: number }): Promise<Cost> => {
        const time = (bare: boolean) => post<number>(worker.url, '/bench/time', { model: worker.model, ...batch, what: 'step', bare })
        const pairs: { withPrompt: number; without: number }[] = []
        for (let sample = -5; sample < samples; sample++) {
          const pair = { withPrompt: await time(false), without: await time(true) }
          if (sample >= 0) pairs.push(pair) // those before warm up
        }
        const median = (value: (pair: (typeof pairs)[number]) => number) => quantile(pairs.map(value), 0.5)
        return {
          withPrompt: median(({ withPrompt }) => withPrompt),
          without: median(({ without }) => without),
          ratio: median(({ withPrompt, without }) => withPrompt / without),
        }
      }
      const one = prompts.slice(0, 1)
      const costs = {
        sixteenTasks: await measure({ prompts, texts: longTexts(16), runs: 1 }),
        oneTask: await measure({ prompts: one, texts: longTexts(16), runs: 1 }),
        single: await measure({ prompts: one, texts: longTexts(1), runs: 10 }),
      }
      for (const [name, { withPrompt, without, ratio }] of Object.entries(costs)) {
        log(`${name.padEnd(12)} ${withPrompt.toFixed(1)} ms with, ${without.toFixed(1)} ms without; ratio ${ratio.toFixed(3)}`)
      }
      return { ratio: costs.sixteenTasks.ratio, ...costs, samples, worker: worker.ran }
    }),
}
