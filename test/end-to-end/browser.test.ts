import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import type { BrowserAnswer, BrowserTask, LoadOptions, LoadProgress, LoadTask } from '../../worker/browser/api.ts'
import { texts } from '../bench/texts.ts'
import { describeInChromium, launchChromium } from '../fixtures/chromium.ts'
import { type DirectWorker, startWorker } from '../fixtures/direct-worker.ts'
import { type Passing, type Proxy, type Site, startProxy, startSite } from '../fixtures/page-server.ts'
import { randomPrompt, type Wanted } from '../fixtures/random-prompt.ts'
import { root } from '../fixtures/root.ts'
import { type Bucket, type ModelFiles, pointTask, uploadModel, uploadPrompt } from '../fixtures/upload.ts'

/** What the page has of softprompt, and what the functions below leave there. */
declare global {
  var softprompt: { loadTask: LoadTask }
  var tasks: Record<string, BrowserTask>
}

interface Outcome {
  readonly error?: { readonly code: string; readonly message: string; readonly name: string }
  readonly device?: string
  readonly threads?: number
  readonly weights?: string
  readonly labels?: readonly string[]
  readonly warnings?: readonly string[]
  readonly loading?: BrowserTask['loading']
  readonly progress?: LoadProgress[]
}

describeInChromium('softprompt/browser', () => {
  let site: Site
  let worker: DirectWorker
  let proxy: Proxy
  let browser: Browser
  const files = {} as Record<string, ModelFiles>

  beforeAll(async () => {
    site = await startSite()
    worker = await startWorker('worker/index.ts', { CORS_ORIGINS: site.url.origin, POINTER_TTL_MS: 0, MAX_WAIT_MS: 120_000 })
    proxy = await startProxy(worker.url)
    browser = await launchChromium()
    for (const directory of ['models/tiny-lm', 'models/default']) files[directory] = await packageFiles(directory)
    for (const seed of [0, 1, 2]) await publish({ task: `small-${seed}`, seed }, 'models/tiny-lm')
    for (const seed of [3, 4])
      await publish({ task: `encoder-${seed}`, seed, card: { kind: 'prefix', virtualTokens: 20 } }, 'models/default')
  })
  afterAll(async () => {
    await browser?.close()
    await proxy?.close()
    await site?.close()
    await worker?.dispose()
  })

  async function publish(wanted: Wanted, directory: string, format?: string): Promise<string> {
    const bucket = (await worker.miniflare.getR2Bucket('BUCKET')) as Bucket
    const package_ = files[directory]!
    const card = parseCard(ModelCard, new TextDecoder().decode(package_['model.json']), directory, 'invalid_model')
    const prompt = await uploadPrompt(bucket, await randomPrompt(card, wanted))
    const model = await uploadModel(bucket, package_)
    await pointTask(bucket, wanted.task, { prompt, base: card.baseHash, models: { [format ?? card.weights]: model } })
    return prompt
  }

  /** A page of its own browser profile, so that its cache is empty. */
  async function openPage(path = '/'): Promise<Page> {
    const context = await browser.newContext()
    const page = await context.newPage()
    return reopen(page, path)
  }

  async function reopen(page: Page, path = '/'): Promise<Page> {
    await page.goto(new URL(path, site.url).href)
    await page.waitForFunction(() => 'softprompt' in globalThis)
    return page
  }

  /** Loads a task in the page, and keeps it there under its name. */
  function load(page: Page, task: string, options: Omit<LoadOptions, 'signal' | 'onProgress'> = {}): Promise<Outcome> {
    return page.evaluate(
      async ({ url, task, options }) => {
        const progress: LoadProgress[] = []
        try {
          const loaded = await softprompt.loadTask(url, { ...options, onProgress: (at) => progress.push(at) })
          globalThis.tasks = { ...globalThis.tasks, [task]: loaded }
          const { device, threads, weights, labels, warnings, loading } = loaded
          return { device, threads, weights, labels, warnings, loading, progress }
        } catch (error) {
          const { code, message, name } = error as Error & { code: string }
          return { error: { code, message, name }, progress }
        }
      },
      { url: new URL(`v1/tasks/${task}`, proxy.url).href, task, options },
    )
  }

  function classify(page: Page, task: string, input: string[]): Promise<BrowserAnswer[]> {
    return page.evaluate(({ task, input }) => (globalThis.tasks[task] as BrowserTask).classify(input), { task, input })
  }

  async function workersAnswers(task: string, input: string[]): Promise<BrowserAnswer[]> {
    const response = await fetch(new URL(`v1/tasks/${task}/classify`, worker.url), { method: 'POST', body: JSON.stringify({ input }) })
    if (!response.ok) throw new Error(await response.text())
    return ((await response.json()) as { results: BrowserAnswer[] }).results
  }

  const withoutBatch = (answers: BrowserAnswer[]) => answers.map(({ batch: _, ...answer }) => answer)
  const close = (page: Page) => page.context().close()
  /** The paths asked of the service while `work` ran. */
  async function requestsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const before = proxy.requests.length
    await work()
    return proxy.requests.slice(before)
  }
  async function meddling<Value>(meddle: Proxy['meddle'], work: () => Promise<Value>): Promise<Value> {
    proxy.meddle = meddle
    try {
      return await work()
    } finally {
      proxy.meddle = () => false
    }
  }

  test.each([
    ['models/tiny-lm', '/', 'small-0', 1],
    ['models/tiny-lm', '/isolated', 'small-0', 2],
    ['models/default', '/', 'encoder-3', 1],
    ['models/default', '/isolated', 'encoder-3', 2],
  ])('%s answers at %s bit for bit as in the Worker, on as many threads as the page may have', async (_, path, task, threads) => {
    const page = await openPage(path)
    const loaded = await load(page, task, { device: 'wasm', threads: 2 })
    expect(loaded).toMatchObject({ device: 'wasm', threads, weights: 'int8', labels: ['good', 'bad'] })
    const input = texts(40)
    expect(withoutBatch(await classify(page, task, input))).toEqual(withoutBatch(await workersAnswers(task, input)))
    const [one] = await classify(page, task, input.slice(7, 8))
    expect(one).toMatchObject({ batch: { rows: 1, tasks: 1 } })
    await close(page)
  })
})

async function packageFiles(directory: string): Promise<ModelFiles> {
  const read = modelFiles.map(async (file) => [file, new Uint8Array(await readFile(join(root, directory, file)))])
  return Object.fromEntries(await Promise.all(read))
}
