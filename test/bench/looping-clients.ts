import { post } from './client.ts'
import { milliseconds } from './milliseconds.ts'

export const clients = 16

export interface Asked {
  readonly milliseconds: number
  /** Of the run that each answer came in: how many rows shared it. */
  readonly rows: readonly number[]
}

/** Has `texts` asked, in their order, by clients that each ask for one, wait, and ask for the next. Text n is for the nth task, of so many. */
export async function ask(url: URL, texts: readonly string[], tasks: number, asking = clients): Promise<Asked> {
  const rows: number[] = []
  let next = 0
  const client = async () => {
    while (next < texts.length) {
      const n = next++
      const answer = await post<{ results: [{ batch: { rows: number } }] }>(url, `/v1/tasks/task-${n % tasks}/classify`, {
        input: texts[n],
      })
      rows.push(answer.results[0].batch.rows)
    }
  }
  return { milliseconds: await milliseconds(() => Promise.all(Array.from({ length: asking }, client))), rows }
}

/** The milliseconds that each answer took which came within `ms`, to clients that each ask for one text, wait, and ask for the next. */
export async function askFor(url: URL, texts: readonly string[], tasks: number, asking: number, ms: number): Promise<number[]> {
  const took: number[] = []
  const end = performance.now() + ms
  let next = 0
  const client = async () => {
    for (let n = next++; performance.now() < end; n = next++) {
      const start = performance.now()
      await post(url, `/v1/tasks/task-${n % tasks}/classify`, { input: texts[n % texts.length] })
      if (performance.now() < end) took.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: asking }, client))
  return took
}
