import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Prompt } from '../../shared/engine/prompt.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { readPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { type Dataset, readExamples } from '../../trainer/data/dataset.ts'
import { answeredRight, shareOf } from '../../trainer/evaluate/right.ts'
import { rightAnswers } from '../../trainer/evaluate/right-answers.ts'
import { scoreTexts } from '../../trainer/evaluate/score.ts'
import { scoreWithoutPrompt } from '../../trainer/evaluate/without-prompt.ts'
import { learn } from '../../trainer/train/job.ts'
import type { GivenSettings } from '../../trainer/train/settings.ts'
import { drain } from '../fixtures/training.ts'

/** Throws `usage` where no folder of tasks is named. */
export function requireTasks(data: string | undefined): asserts data is string {
  if (data === undefined || !existsSync(data))
    throw new SoftPromptError('usage', 'Name the folder of the tasks with --data DIR: it holds TASK/{train,dev,test}.jsonl.')
}

/** The rows of one task. */
export interface Splits {
  readonly train: Dataset
  readonly dev: Dataset
  readonly test: Dataset
}

/** A task's rows or, with `perClass`, so few of a class of train, a quarter of which is dev: those that quality.py takes. */
export function splitsOf(folder: string, perClass: number | null, seed: number): Splits {
  const read = (split: string) => readExamples(join(folder, `${split}.jsonl`))
  const full = { train: read('train'), dev: read('dev'), test: read('test') }
  if (perClass === null) return full
  const order = (text: string) => createHash('sha256').update(`${seed} ${text}`).digest('hex')
  const parts = [...new Set(full.train.examples.map(({ label }) => label))].sort().map((label) => {
    const own = full.train.examples.filter((example) => example.label === label)
    const few = own.map((example) => ({ example, at: order(example.text) })).sort((a, b) => (a.at < b.at ? -1 : 1)).slice(0, perClass) // biome-ignore format: one thought
    const held = Math.max(1, Math.floor(few.length / 4))
    const examples = few.map(({ example }) => example)
    return { dev: examples.slice(0, held), train: examples.slice(held) }
  })
  const dataset = (name: 'train' | 'dev'): Dataset => ({ ...full.train, examples: parts.flatMap((part) => part[name]) })
  return { train: dataset('train'), dev: dataset('dev'), test: full.test }
}

/** What a split says of what a training packaged, and of the probe. */
export interface QualityRun {
  /** For each text, whether the package's answer is right. */
  readonly right: readonly boolean[]
  /** Shares of the texts. */
  readonly accuracy: number
  readonly probe: number
  /** What was packaged. */
  readonly method: string
  /** Of learning. */
  readonly seconds: number
}

/** Learns with the settings, the defaults for the rest, and measures what is packaged and the probe on a split. */
export async function qualityOf(
  model: DifferentiableModel,
  { train, dev, test }: Splits,
  split: 'dev' | 'test',
  settings: GivenSettings,
): Promise<QualityRun> {
  const start = performance.now()
  const { signal } = new AbortController()
  const job = { model, task: 'quality', train, dev, verbalizers: {}, settings, resume: () => null, signal }
  const { result } = await drain(learn(job))
  const seconds = Math.round((performance.now() - start) / 1000)
  const { method } = result
  const { examples } = { dev, test }[split]
  const prompt = await Prompt.load(result.files, 'what was learned', model.frozen)
  const { probe, card } = await readPromptPackage(result.files, model.opened.card, 'what was learned')
  const texts = examples.map(({ text }) => text)
  const labels = card.labels.map(({ label }) => label)
  const answers = rightAnswers({ ...test, examples }, labels, 'it') as number[]
  const right = answeredRight(await scoreTexts(model.frozen, prompt, texts), answers)
  const alone = await scoreWithoutPrompt(model, texts.map((text) => prompt.row(text)), { labels: card.labels, probe }) // biome-ignore format: one call
  return { right, accuracy: shareOf(right), probe: shareOf(answeredRight(alone.probe ?? [], answers)), method, seconds }
}
