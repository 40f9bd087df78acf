import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { SoftPromptError } from '../../shared/error.ts'
import { readPromptPackage } from '../../shared/formats/prompt-package.ts'
import { compileTemplate } from '../../shared/text/template.ts'
import { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import { columns } from '../cli/columns.ts'
import { type Result, run, type Terminal } from '../cli/command.ts'
import { renderTogether } from '../cli/render-together.ts'
import { readExamples } from '../data/dataset.ts'
import { readPromptFolder } from '../disk/prompt-folder.ts'
import { readableBytes } from '../disk/readable-bytes.ts'
import type { Comparison } from '../evaluate/compared-figures.ts'
import { type Interval, pairedDifference, shareInterval } from '../evaluate/interval.ts'
import { metricsOf } from '../evaluate/metrics.ts'
import { comparisonText } from '../evaluate/report/comparison.ts'
import { answeredRight, shareOf } from '../evaluate/right.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { scoreWithoutPrompt } from '../evaluate/without-prompt.ts'
import { openModel } from '../import/open-model.ts'
import { openBucket } from '../publish/bucket/wrangler.ts'
import { ModelPackages } from '../publish/model-packages.ts'
import { preparePublication, publish } from '../publish/publish.ts'
import { runTogether } from '../train/run-together.ts'
import { defaultsWith } from '../train/settings.ts'
import { classifyMixed, interleave, type MixedAnswers } from './classify-mixed.ts'
import { startLocalWorker } from './local-worker.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url)) // of dist/trainer/quickstart
const modelDirectory = join(root, 'models/default')
const tasks = ['moderation', 'sentiment', 'support-routing']
const example = (task: string, split: 'train' | 'dev' | 'test') => join(root, 'examples', task, `${split}.jsonl`)
const packageOf = (task: string) => join(root, 'runs', task)

async function quickstart(terminal: Terminal): Promise<Result> {
  const start = performance.now()
  process.chdir(root)
  const model = await DifferentiableModel.open(openModel(modelDirectory))
  try {
    return await learnedAndServed(model, terminal, start)
  } finally {
    await model.close()
  }
}

/** Learns a prompt a task, publishes them, serves them from one model, and measures what comes back over HTTP. `start`: when the work began. */
async function learnedAndServed(model: DifferentiableModel, terminal: Terminal, start: number): Promise<Result> {
  const { log } = terminal
  await learn(model, terminal)

  log('Publishing all to the local R2 bucket …')
  const bucket = await openBucket({ remote: false }, terminal.signal)
  const shared = new ModelPackages()
  try {
    for (const task of tasks)
      await publish(bucket.bucket, await preparePublication(packageOf(task), modelDirectory, { shared }), terminal.signal, () => undefined)
  } finally {
    await shared.close()
    await bucket.close()
  }

  log("Starting the Worker under wrangler's local runtime …")
  const tests = tasks.map((task) => readExamples(example(task, 'test')).examples.map(({ text, label }) => ({ task, input: text, label })))
  const texts = interleave(tests)
  const worker = await startLocalWorker(root, terminal.signal)
  const asking = new AbortController()
  let answers: MixedAnswers
  let baselines: readonly Baselines[]
  try {
    log(`Asking for ${texts.length} answers over HTTP, all tasks mixed in the same batches …`)
    const asked = classifyMixed(worker.url, texts.map(({ task, input }) => ({ task, input }))) // biome-ignore format: one call
    ;[answers, baselines] = await Promise.all([asked, testBaselines(model, AbortSignal.any([terminal.signal, asking.signal]))]) // the Worker keeps one core busy
  } finally {
    asking.abort()
    await worker.stop()
  }

  const rows = tasks.map((task, n) => {
    const { probeRight, ...figures } = baselines[n] as Baselines
    const right = texts.flatMap((text, i) => (text.task === task ? [text.label === answers.labels[i]] : []))
    const overProbe = { metric: 'accuracy', ...pairedDifference(right, probeRight) } as const
    const { zeroShot, majority, promptBytes } = figures
    const shares = { accuracy: shareOf(right), probe: shareOf(probeRight), zeroShot, majority }
    return { task, ...shares, intervals: intervalsOf(shares, right.length), promptBytes, overProbe }
  })
  const modelBytes = statSync(join(modelDirectory, 'model.onnx')).size + statSync(join(modelDirectory, 'model.onnx.data')).size
  const seconds = Math.round((performance.now() - start) / 100) / 10
  return {
    json: { tasks: rows, modelBytes, mixedBatches: answers.mixedBatches, seconds },
    text: report(rows, modelBytes, answers.mixedBatches, seconds),
  }
}

/** Learns the prompts together: their rows share batches. */
async function learn(model: DifferentiableModel, terminal: Terminal): Promise<void> {
  const { signal, log } = terminal
  const jobs = tasks.map((task) => {
    const [train, dev] = [readExamples(example(task, 'train')), readExamples(example(task, 'dev'))]
    log(`Learning ${task} from ${train.examples.length} examples by method ${defaultsWith({}).method} …`)
    return { model, task, train, dev, out: packageOf(task), verbalizers: {}, settings: {}, resume: 'where it fits' as const, signal }
  })
  const outcomes = await renderTogether(runTogether(jobs), tasks, terminal)
  for (const outcome of outcomes) if ('error' in outcome) throw outcome.error
}

/** What else answers a test split, and what the prompt takes. */
interface Baselines {
  /** Of each text. */
  readonly probeRight: readonly boolean[]
  readonly zeroShot: number
  readonly majority: number
  readonly promptBytes: number
}

/** Of each task. */
async function testBaselines(model: DifferentiableModel, signal: AbortSignal): Promise<Baselines[]> {
  const each: Baselines[] = []
  for (const task of tasks) each.push(await baselinesOf(model, task, signal))
  return each
}

async function baselinesOf(model: DifferentiableModel, task: string, signal: AbortSignal): Promise<Baselines> {
  const { encode, card: base } = model.opened
  const { card, probe: head } = await readPromptPackage(readPromptFolder(packageOf(task)), base, packageOf(task))
  const { labels, template, maxTokens } = card
  const encodeText = compileTemplate(template, encode, base.tokens, maxTokens)
  const data = readExamples(example(task, 'test'))
  const { examples } = data
  const answers = rightAnswers(data, labels.map(({ label }) => label), packageOf(task)) as number[] // biome-ignore format: one call
  const scores = await scoreWithoutPrompt(model, examples.map(({ text }) => encodeText(text)), { labels, probe: head }, signal) // biome-ignore format: one call
  const { accuracy: zeroShot, majority } = metricsOf(scores.zeroShot, answers, labels.length)
  const promptBytes = card.files['adapter_model.safetensors'].bytes + card.files['labels.safetensors'].bytes
  return { probeRight: answeredRight(scores.probe ?? [], answers), zeroShot, majority, promptBytes }
}

function intervalsOf(shares: Readonly<Record<Answerer, number>>, n: number): Record<Answerer, Interval> {
  return Object.fromEntries(answerers.map(([name]) => [name, shareInterval(shares[name], n)])) as Record<Answerer, Interval>
}

/** What answers, by the name of its share of right answers and for people, as the table has them. */
const answerers = [
  ['accuracy', 'soft prompt'],
  ['probe', 'linear probe'],
  ['zeroShot', 'zero-shot'],
  ['majority', 'majority class'],
] as const
type Answerer = (typeof answerers)[number][0]

interface Row extends Readonly<Record<Answerer, number>> {
  readonly task: string
  /** 95 % */
  readonly intervals: Readonly<Record<Answerer, Interval>>
  readonly promptBytes: number
  readonly overProbe: Comparison
}

function report(rows: readonly Row[], modelBytes: number, mixed: number, seconds: number): string {
  const percent = (share: number, { low, high }: Interval) =>
    `${(100 * share).toFixed(1)} % (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})`
  return [
    '',
    columns(
      ['task', ...answerers.map(([, title]) => title), 'prompt', 'model'],
      rows.map(({ task, intervals, promptBytes, ...shares }) => [
        ...[task, ...answerers.map(([name]) => percent(shares[name], intervals[name]))],
        ...[readableBytes(promptBytes), readableBytes(modelBytes)],
      ]),
    ),
    '',
    `Accuracy on the test splits (95 % intervals in brackets), the soft prompts' answered over HTTP by one frozen model; ${mixed} batches held texts of several tasks. ${seconds} s of work.`,
    ...rows.map(({ task, overProbe }) => `${task}: ${comparisonText(overProbe)}`),
    '',
    'Your own task, from a file of {"text": "…", "label": "…"} lines or a CSV with these two columns:',
    '  npx softprompt train --task mine --train mine.jsonl     learns runs/mine',
    '  npx softprompt publish runs/mine                        puts it into the local bucket',
    '  npm run dev                                             serves it on http://localhost:8787',
    `  curl localhost:8787/v1/tasks/${tasks[0]}/classify -H 'content-type: application/json' -d '{"input": "Nice photos, thank you"}'`,
  ].join('\n')
}

const help = `npm run quickstart [-- --json]

Learns a prompt for each of three example tasks (${tasks.join(', ')}) into runs/, publishes them to the local R2 bucket, serves them over HTTP
from one frozen model, and prints how often they and simpler methods are right. Needs no account and takes some minutes.

  --json      prints the figures as one JSON object on the last line
  -h, --help  prints this, and does nothing else`

/** Throws `usage` where an option is unknown. */
function wantsHelp(): boolean {
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
    return values.help === true
  } catch (cause) {
    throw new SoftPromptError('usage', `${(cause as Error).message}. See npm run quickstart -- --help.`, { cause })
  }
}

await run(process.argv.includes('--json'), (terminal) => {
  if (!wantsHelp()) return quickstart(terminal)
  process.stdout.write(`${help}\n`)
  return Promise.resolve(null)
})
