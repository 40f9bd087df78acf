import type { Browser, Page } from 'playwright-core'

declare global {
  /** Runs the model on texts: whoever is measured leaves it in the page. */
  var answer: (texts: string[]) => Promise<unknown>
}

/** Milliseconds a text. */
export interface PageTiming {
  /** In calls with one text: the middle one, and the fastest. */
  readonly text: number
  readonly fastest: number
  /** The processor's time for a text in those calls, which other work on the machine doesn't lengthen much. */
  readonly processor: number
  /** In calls with 16 texts: in the fastest one, and the processor's time. */
  readonly textOf16: number
  readonly processorOf16: number
}

/** How many calls are timed. */
interface Calls {
  /** Calls before: the browser has compiled all that runs often after 60; before, a single text took half as long again. */
  readonly warmups: number
  readonly single: number
  readonly of16: number
}

const usualCalls: Calls = { warmups: 60, single: 30, of16: 5 }

/** How fast the page's `answer` is once it is warm. */
export async function timePage(
  chromium: Browser,
  page: Page,
  texts: readonly string[],
  { warmups, single: singles, of16 }: Calls = usualCalls,
): Promise<PageTiming> {
  const run = (calls: number, size: number) =>
    page.evaluate(
      async ({ texts, calls, size }) => {
        const times: number[] = []
        for (let call = 0; call < calls; call++) {
          const start = performance.now()
          await globalThis.answer(size === 1 ? [texts[call % texts.length] as string] : texts.slice(0, size))
          times.push((performance.now() - start) / size)
        }
        return times.sort((a, b) => a - b)
      },
      { texts, calls, size },
    )
  const measured = async (calls: number, size: number) => {
    const before = await processorTime(chromium)
    const times = await run(calls, size)
    return { times, processor: ((await processorTime(chromium)) - before) / (calls * size) }
  }
  await run(warmups, 1)
  const single = await measured(singles, 1)
  await run(1, 16)
  const many = await measured(of16, 16)
  return {
    text: single.times[singles >> 1] as number,
    fastest: single.times[0] as number,
    processor: single.processor,
    textOf16: many.times[0] as number,
    processorOf16: many.processor,
  }
}

/** Milliseconds that the browser's pages have had of the processor. */
async function processorTime(chromium: Browser): Promise<number> {
  const session = await chromium.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return 1000 * processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}
