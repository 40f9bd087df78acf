import type { Bench } from './bench.ts'
import { post } from './client.ts'
import { startWorker } from './local-worker.ts'
import { quantile } from './quantile.ts'
import { publishTasks } from './random-tasks.ts'
import { longTexts } from './texts.ts'

const samples = 40

/** What a 20-token prompt costs a request, once its prefix is compiled: the step from rows to answers with it, against the same without. */
export const promptCost: Bench = {
  about: 'a 20-token prompt against none',
  async run(log) {
    const worker = await startWorker()
    const prompts = await publishTasks(worker, 16)
    const batches = {
      sixteenTasks: { prompts, texts: longTexts(16) },
      oneTask: { prompts: prompts.slice(0, 1), texts: longTexts(16) },
      single: { prompts: prompts.slice(0, 1), texts: longTexts(1) },
    }
    const measured: Record<string, { withPrompt: number; without: number; ratio: number }> = {}
    for (const [name, batch] of Object.entries(batches)) {
      const runs = batch.texts.length === 1 ? 8 : 1
      const time = async (bare: boolean) =>
        await post<number>(worker.url, '/bench/time', { model: worker.model, ...batch, runs, what: 'step', bare })
      const pairs: [number, number][] = []
      for (let sample = -5; sample < samples; sample++) {
        const pair: [number, number] = [await time(false), await time(true)]
        if (sample >= 0) pairs.push(pair)
      }
      const withPrompt = quantile(
        pairs.map(([time]) => time),
        0.5,
      )
      const without = quantile(
        pairs.map(([, time]) => time),
        0.5,
      )
      measured[name] = { withPrompt, without, ratio: withPrompt / without }
      log(
        `${name.padEnd(12)} ${withPrompt.toFixed(2)} ms with, ${without.toFixed(2)} ms without; ratio ${(withPrompt / without).toFixed(3)}`,
      )
    }
    await worker.stop()
    return { ratio: measured.sixteenTasks?.ratio, ...measured, virtualTokens: 20, samples, worker: worker.ran }
  },
}
