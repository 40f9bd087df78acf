import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { SoftPromptError } from '../../shared/error.ts'
import type { PromptFiles } from '../../shared/formats/prompt-package.ts'
import { readExamples } from '../../trainer/data/dataset.ts'
import { readPromptFolder } from '../../trainer/disk/prompt-folder.ts'
import type { LoadOptions, LoadTask } from '../../worker/browser/api.ts'
import { launchChromium } from '../fixtures/chromium.ts'
import { plainSite, startSite } from '../fixtures/page-server.ts'
import { root } from '../fixtures/root.ts'
import { type Bucket, pointTask, uploadPrompt } from '../fixtures/upload.ts'
import { uploadModelFolder } from '../fixtures/upload-model-folder.ts'
import { type Agreement, type Answer, type Answers, agreementText, compared } from './answer-agreement.ts'
import type { Bench } from './bench.ts'
import { post } from './client.ts'
import { withServedFolder } from './served-folder.ts'
import { type LocalWorker, withWorker } from './wrangler-worker.ts'

declare global {
  var softprompt: { loadTask: LoadTask }
}

const usualPrompts = 'runs/support-routing,runs/sentiment,runs/moderation'
const usualTexts = 48
/** However busy this machine is. */
const patient = { MAX_WAIT_MS: 300_000 }

/** A task, and texts of its test set with the labels that are right. */
interface Asked {
  readonly task: string
  readonly prompt: PromptFiles
  readonly texts: readonly string[]
  readonly right: readonly string[]
}

/** The same texts of the example tasks in every place that answers: the Worker, Node and a page, by each weight format. */
export const agreement: Bench = {
  about: `how far the Worker, Node and a page agree on ${usualTexts} test texts (--texts N) of each example task, with the prompts that the quickstart leaves (--prompts DIR,DIR); by WebGPU too with the package in --webgpu DIR (import --weights q8)`,
  options: ['prompts', 'texts', 'webgpu'],
  async run(log, { prompts = usualPrompts, texts = String(usualTexts), webgpu }) {
    const asked = prompts.split(',').map((folder) => readAsked(resolve(root, folder), Number(texts)))
    const places: Record<string, Answers> = {}
    const answered = (place: string, answers: Answers) => {
      places[place] = answers
      log(`${place} answered ${answers.length} texts`)
    }
    const site = await startSite(plainSite)
    const chromium = await launchChromium()
    try {
      await withWorker(
        async (worker) => {
          const other = webgpu === undefined ? null : await uploadModelFolder(worker.bucket, resolve(webgpu))
          const formats: Record<string, string> = other === null ? {} : { [other.card.weights]: other.model }
          await publishAll(worker, asked, formats)
          answered('the Worker', await overHttp(worker.url, asked))
          const inPage = (device: LoadOptions['device']) => answersInPage(chromium, site.url, worker.url, asked, device)
          answered('a page, WASM', await inPage('wasm'))
          if (webgpu !== undefined) answered('a page, WebGPU', await inPage('webgpu'))
        },
        { script: 'worker/index.ts', vars: { CORS_ORIGINS: site.url.origin, ...patient } },
      )
    } finally {
      await chromium.close()
      await site.close()
    }
    const env = Object.fromEntries(Object.entries(patient).map(([name, value]) => [name, String(value)]))
    const onNode = (model?: string) =>
      withServedFolder(
        async (served) => {
          await publishAll(served, asked)
          return overHttp(served.url, asked)
        },
        { env, ...(model === undefined ? {} : { model }) },
      )
    answered('Node', await onNode())
    if (webgpu !== undefined) answered('Node, q8', await onNode(resolve(webgpu)))

    const pairs = [['the Worker', 'a page, WASM'], ['the Worker', 'Node'], ['Node', 'Node, q8'], ['Node, q8', 'a page, WebGPU'], ['the Worker', 'a page, WebGPU']] as const // biome-ignore format: one list
    const agreements: Record<string, Agreement> = {}
    for (const [one, other] of pairs) {
      if (places[one] === undefined || places[other] === undefined) continue
      const found = compared(places[one], places[other], asked.flatMap(({ right }) => right)) // biome-ignore format: one call
      agreements[`${one} and ${other}`] = found
      log(`${one} and ${other}: ${agreementText(found)}`)
    }
    return { agreements, prompts: asked.map(({ task }) => task) }
  },
}

/** A prompt package, and the first texts of the test set of the example that its folder is named after. Throws `usage` where one is not there. */
function readAsked(folder: string, texts: number): Asked {
  const task = basename(folder)
  const file = join(root, 'examples', task, 'test.jsonl')
  if (!existsSync(join(folder, 'prompt.json')) || !existsSync(file))
    throw new SoftPromptError('usage', `There is no package in ${folder}, or no ${file}: npm run quickstart leaves packages in runs.`)
  const rows = readExamples(file).examples.slice(0, texts)
  return {
    task,
    prompt: readPromptFolder(folder),
    texts: rows.map(({ text }) => text),
    right: rows.map(({ label }) => label as string),
  }
}

async function publishAll(
  { bucket, model, card }: Pick<LocalWorker, 'model' | 'card'> & { readonly bucket: Bucket },
  asked: readonly Asked[],
  formats: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const { task, prompt } of asked) {
    const models = { [card.weights]: model, ...formats }
    await pointTask(bucket, task, { prompt: await uploadPrompt(bucket, prompt), base: card.baseHash, models })
  }
}

async function overHttp(url: URL, asked: readonly Asked[]): Promise<Answers> {
  const answers: Answer[] = []
  for (const { task, texts } of asked) {
    for (let n = 0; n < texts.length; n += 12) {
      const input = texts.slice(n, n + 12)
      answers.push(...(await post<{ results: Answer[] }>(url, `/v1/tasks/${task}/classify`, { input })).results)
    }
  }
  return answers
}

async function answersInPage(
  chromium: Browser,
  site: URL,
  service: URL,
  asked: readonly Asked[],
  device: LoadOptions['device'],
): Promise<Answers> {
  const page = await (await chromium.newContext()).newPage()
  await page.goto(site.href)
  await page.waitForFunction(() => 'softprompt' in globalThis)
  const answers: Answer[] = []
  for (const { task, texts } of asked) {
    const url = new URL(`v1/tasks/${task}`, service).href
    const found = await page.evaluate(
      async ({ url, device, texts }) => {
        const task = await softprompt.loadTask(url, { device })
        const answers = await task.classify(texts)
        await task.dispose()
        return answers.map(({ label, probabilities }) => ({ label, probabilities }))
      },
      { url, device: device as 'wasm' | 'webgpu', texts: [...texts] },
    )
    answers.push(...(found as Answer[]))
  }
  await page.context().close()
  return answers
}
