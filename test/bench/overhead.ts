import { post } from './client.ts'
import { milliseconds } from './milliseconds.ts'
import { quantile } from './quantile.ts'
import type { LocalWorker } from './wrangler-worker.ts'

export interface Overhead {
  /** Milliseconds of a call. */
  readonly p50: number
  readonly p99: number
  /** Milliseconds of a bare run of the same batch: the median of the samples' means. */
  readonly bare: number
  /** The median over the samples of the mean call over the mean bare run: the same of both, under the same noise. */
  readonly ratio: number
  /** Milliseconds of a call that asks the host nothing to compute: what HTTP and this client take. */
  readonly empty: number
  readonly calls: number
}

/** Calls of one client, one after another. Calls and bare runs take turns, so that both meet the same noise. */
export async function overhead(
  { url, model }: LocalWorker,
  [prompt]: readonly string[],
  input: readonly string[],
  { samples, runs }: { samples: number; runs: number },
): Promise<Overhead> {
  const call = () => post(url, '/v1/tasks/task-0/classify', { input })
  const bare = () => post<number>(url, '/bench/time', { model, prompts: [prompt], texts: input, runs, what: 'run' })
  const empty = () => post(url, '/bench/status', { model })
  const times: number[] = []
  const emptyTimes: number[] = []
  const bareTimes: number[] = []
  const ratios: number[] = []
  // The first samples warm up: WASM is compiled anew, better, while it runs.
  for (let sample = -Math.ceil(samples / 5); sample < samples; sample++) {
    const calls: number[] = []
    for (let repeat = 0; repeat < runs; repeat++) calls.push(await milliseconds(call))
    const emptyTime = await milliseconds(empty)
    const bareTime = await bare()
    if (sample < 0) continue
    times.push(...calls)
    emptyTimes.push(emptyTime)
    bareTimes.push(bareTime)
    ratios.push(calls.reduce((sum, time) => sum + time, 0) / calls.length / bareTime)
  }
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    bare: quantile(bareTimes, 0.5),
    ratio: quantile(ratios, 0.5),
    empty: quantile(emptyTimes, 0.5),
    calls: times.length,
  }
}
