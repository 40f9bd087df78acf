import type { Bench } from './bench.ts'
import { mixedLengths } from './mixed-lengths.ts'
import { type Overhead, overhead } from './overhead.ts'
import { publishTasks } from './random-tasks.ts'
import { runtimesSideBySide } from './runtimes.ts'
import { longTexts, texts } from './texts.ts'
import { throughput } from './throughput.ts'
import { withWorker } from './wrangler-worker.ts'

/** How much a call over HTTP takes beyond the model's own time, and what serving many tasks costs against serving one. */
export const serve: Bench = {
  about: 'classify calls over HTTP against bare runs of the model; 64 tasks against one; mixed lengths against sorted',
  options: ['runtime'],
  run(log, { runtime = 'worker' }) {
    if (runtime === 'node') return sideBySide(log)
    return withWorker(async (worker) => {
      const prompts = await publishTasks(worker, 64)
      const calls = {
        long: await overhead(worker, prompts, longTexts(1), { samples: 60, runs: 5 }),
        short: await overhead(worker, prompts, texts(1), { samples: 60, runs: 10 }),
        sixteen: await overhead(worker, prompts, texts(16), { samples: 20, runs: 2 }),
      }
      for (const [name, call] of Object.entries(calls)) log(`${name.padEnd(8)} ${described(call)}`)
      const { tasks, mostToOne, ...asked } = await throughput(worker)
      for (const [count, { answers, rows }] of Object.entries(tasks)) {
        log(`${count.padStart(2)} tasks  ${answers.toFixed(1)} answers a second, ${rows} rows a batch`)
      }
      log(`64 tasks to 1: ${mostToOne.toFixed(3)}`)
      const lengths = await mixedLengths(worker)
      log(
        `4 to 128 tokens: ${lengths.mixed.toFixed(1)} answers a second, sorted ${lengths.sorted.toFixed(1)}; mixed to sorted ${lengths.mixedToSorted.toFixed(3)}, to one client ${lengths.mixedToAlone.toFixed(3)}`,
      )
      return {
        ratio: calls.long.ratio,
        ratioOf: 'long: one text of 55 to 64 tokens',
        tasks64_to_1: mostToOne,
        mixedToSorted: lengths.mixedToSorted,
        overhead: calls,
        throughput: { tasks, ...asked },
        lengths,
        worker: worker.ran,
      }
    })
  },
}

async function sideBySide(log: (line: string) => void): Promise<Record<string, unknown>> {
  const found = await runtimesSideBySide(log)
  for (const name of ['worker', 'node'] as const) {
    const { answers, p50, p99 } = found[name]
    log(`${name.padEnd(6)} ${answers.toFixed(1)} answers a second, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`)
  }
  log(`Node to the Worker: ${found.nodeToWorker.toFixed(2)}`)
  return { ...found }
}

function described({ p50, p99, bare, empty, ratio }: Overhead): string {
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms over HTTP; bare run ${bare.toFixed(2)} ms, empty call ${empty.toFixed(2)} ms; ratio ${ratio.toFixed(3)}`
}
