import type { Bench } from './bench.ts'
import { post } from './client.ts'
import { heapUsage } from './heap-usage.ts'
import { publishTasks } from './random-tasks.ts'
import { texts } from './texts.ts'
import { withWorker } from './wrangler-worker.ts'

const tasks = 200

/** The Worker's memory with the default model and 200 prompts of the default length ready, after the largest batches and the longest row that it takes were run. */
export const memory: Bench = {
  about: 'JavaScript and WASM memory with 200 prompts cached',
  run: (log) =>
    withWorker(async (worker) => {
      await publishTasks(worker, tasks, { maxTokens: 512 })
      const inputs = texts(tasks)
      for (let round = 0; round < 2; round++) {
        for (let task = 0; task < tasks; task += 20) {
          const batch = inputs
            .slice(task, task + 20)
            .map((input, index) => ({ task: `task-${task + index}`, input: input.repeat(round + 1) }))
          await post(worker.url, '/v1/classify', { inputs: batch })
        }
      }
      for (const [rows, words] of [
        [16, 45],
        [5, 180],
        [1, 500],
      ] as const) {
        // words that no cache has met: what a tokenizer remembers is memory too
        const text = (row: number) =>
          Array.from({ length: words }, (_, word) => `${(row * words + word + 7919 * rows).toString(36)}x`).join(' ')
        await post(worker.url, '/v1/tasks/task-199/classify', { input: Array.from({ length: rows }, (_, row) => text(row)) })
      }
      const ask = () =>
        post<{ cachedPrompts: number; cachedBytes: number; runtimeBytes: number }>(worker.url, '/bench/status', { model: worker.model })
      const status = await ask()
      if (status.cachedPrompts !== tasks)
        throw new Error(`${status.cachedPrompts} of ${tasks} prompts are cached: PREFIX_CACHE_BYTES is too small`)
      const heap = await heapUsage(worker.inspector, ask)
      const megabytes = (bytes: number) => Math.round(bytes / 1e4) / 100
      const result = {
        heapMB: megabytes(heap.used + heap.buffers + status.runtimeBytes),
        javascriptMB: megabytes(heap.used),
        buffersMB: megabytes(heap.buffers),
        wasmMB: megabytes(status.runtimeBytes),
        prefixesMB: megabytes(status.cachedBytes),
        cachedPrompts: status.cachedPrompts,
      }
      for (const [name, value] of Object.entries(result)) log(`${name.padEnd(14)} ${value}`)
      return { ...result, heap, worker: worker.ran }
    }),
}
