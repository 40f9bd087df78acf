import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Bench } from './bench.ts'
import { post } from './client.ts'
import { clients } from './looping-clients.ts'
import { milliseconds } from './milliseconds.ts'
import { publishTasks } from './random-tasks.ts'
import { type LocalWorker, withWorker } from './wrangler-worker.ts'

/** Dollars beyond what Workers Paid, $5 a month, includes; Cloudflare's price lists as read in August 2026. */
const prices = {
  read: '2026-08',
  millionRequests: 0.3,
  millionCpuMs: 0.02,
  millionHostRequests: 0.15,
  millionHostGbSeconds: 12.5,
  /** What a Durable Object is charged for, whatever it uses. */
  hostGb: 0.128,
} as const

/** What calls of one text take: seconds are those in which the host is in use. */
interface Taken {
  readonly tokens: number
  readonly cpuMs: number
  readonly hostSeconds: number
}

const calls: Readonly<Record<number, number>> = { 16: 400, 64: 200, 256: 60 }

/** What a million classify calls cost on Cloudflare, from the processor time that they take here. */
export const cost: Bench = {
  about: 'CPU time of classify calls of 16, 64 and 256 tokens in workerd, and what a million of them cost on Cloudflare',
  run: (log) =>
    withWorker(
      async (worker) => {
        await publishTasks(worker, 1, { maxTokens: 512 })
        const rows = []
        for (const [length, count] of Object.entries(calls)) {
          const text = await textOf(worker, Number(length))
          for (const asking of [1, clients]) {
            const taken = await measure(worker, text, count, asking)
            const row = { clients: asking, ...taken, dollarsAMillion: dollarsAMillion(taken) }
            log(
              `${taken.tokens} tokens, ${asking} clients: ${taken.cpuMs.toFixed(1)} ms of CPU, host in use ${(1000 * taken.hostSeconds).toFixed(1)} ms; a million calls $${row.dollarsAMillion.toFixed(2)}`,
            )
            rows.push(row)
          }
        }
        return { calls: rows, prices, worker: worker.ran }
      },
      { vars: { MAX_WAIT_MS: 60_000 } },
    ),
}

/** All CPU time is counted as the Worker's, though most of it is the host's, which is paid by time in use. */
function dollarsAMillion({ cpuMs, hostSeconds }: Omit<Taken, 'tokens'>): number {
  const perCall = cpuMs * prices.millionCpuMs + hostSeconds * prices.hostGb * prices.millionHostGbSeconds
  return prices.millionRequests + prices.millionHostRequests + perCall
}

async function measure({ url }: LocalWorker, text: string, count: number, asking: number): Promise<Taken> {
  const call = () => post<{ results: [{ tokens: number }] }>(url, '/v1/tasks/task-0/classify', { input: text })
  const [{ tokens }] = (await call()).results
  let left = count
  const client = async () => {
    while (left-- > 0) await call()
  }
  const before = await cpuMilliseconds()
  const took = await milliseconds(() => Promise.all(Array.from({ length: asking }, client)))
  return { tokens, cpuMs: ((await cpuMilliseconds()) - before) / count, hostSeconds: took / 1000 / count }
}

/** A text that is so many tokens long with its template. */
async function textOf({ url }: LocalWorker, tokens: number): Promise<string> {
  const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ')
  const { results } = await post<{ results: [{ tokens: number }] }>(url, '/v1/tasks/task-0/classify', { input: words(8) })
  return words(8 + tokens - results[0].tokens)
}

/** What this process's workerd has used so far, of all cores together. */
async function cpuMilliseconds(): Promise<number> {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(process.pid), 'workerd'])
  const ticks = await Promise.all(
    stdout
      .trim()
      .split('\n')
      .map(async (pid) => {
        const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
        return Number(fields[11]) + Number(fields[12]) // utime and stime, counted from the state, which stands behind the name
      }),
  )
  return 10 * ticks.reduce((sum, count) => sum + count, 0) // 100 ticks a second
}
