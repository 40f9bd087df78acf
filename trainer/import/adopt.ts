import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { mostBytes } from '../../shared/formats/limits.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { type PeftFiles, readAdapterConfig } from '../../shared/formats/peft.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { type PromptFiles, type PromptPackage, readPromptPackage } from '../../shared/formats/prompt-package.ts'
import { sealPromptFiles, type UnsealedCard } from '../disk/prompt-package.ts'
import { readFile, requireFolder } from '../disk/read-file.ts'
import { defaultSettings } from '../train/settings.ts'

/** What PEFT's package does not say: the task that the prompt was learned for. */
export interface AdoptedTask {
  readonly task: string
  readonly labels: PromptCard['labels']
  readonly template: string
  /** Without it, as many as training takes, or as the context has left. */
  readonly maxTokens?: number | undefined
}

/** What is asked of the model that the prompt was learned on. */
export interface AdoptingModel {
  readonly card: ModelCard
  /** The output layer's rows at `tokens`: [C, H]. */
  outputRows(tokens: readonly number[]): Float32Array
  /** Each text's scores, one a label. */
  score(prompt: PromptPackage, texts: readonly string[]): Promise<number[][]>
}

/** PEFT's two files in `directory`. Throws where they are not there. */
export function readPeftFiles(directory: string): PeftFiles {
  const read = (name: keyof PeftFiles, most: number, hint: string) => {
    const bytes = readFile(join(directory, name), most, 'invalid_prompt')
    if (bytes === null) requireFolder(directory, 'invalid_prompt')
    if (bytes === null) throw new SoftPromptError('invalid_prompt', `Cannot adopt ${directory}: it has no ${name}. ${hint}`)
    return bytes
  }
  return {
    'adapter_config.json': read('adapter_config.json', mostBytes.promptCard, "Is it a folder that PEFT's save_pretrained wrote?"),
    'adapter_model.safetensors': read(
      'adapter_model.safetensors',
      mostBytes.promptFile,
      'Save it with save_pretrained(…, safe_serialization=True).',
    ),
  }
}

/**
 * A whole prompt package around a prompt that PEFT learned: PEFT's files as they are, the label rows from the model's
 * output layer, and a card with a self-test on `selfTestTexts`. Throws where the prompt does not fit the model.
 */
export async function adopt(
  peft: PeftFiles,
  where: string,
  task: AdoptedTask,
  model: AdoptingModel,
  selfTestTexts: readonly string[],
): Promise<{ files: PromptFiles; warnings: string[] }> {
  const { method, virtualTokens, baseName } = readAdapterConfig(peft['adapter_config.json'], `${where}/adapter_config.json`)
  const { baseHash: hash, name, weights, graphVersion } = model.card
  const { context } = model.card.sizes
  const maxTokens = task.maxTokens ?? Math.min(defaultSettings.maxTokens, context - virtualTokens)
  if (maxTokens < 1 || virtualTokens + maxTokens > context) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot adopt ${where}: its ${virtualTokens} virtual tokens and rows of ${Math.max(1, maxTokens)} tokens need more than the ${context} positions of model ${name}. Lower --max-tokens, or name the model that it was trained on.`,
    )
  }
  const labelRows = model.outputRows(task.labels.map(({ token }) => token))
  const card: UnsealedCard = {
    ...task,
    maxTokens,
    method,
    virtualTokens,
    base: { hash, name, weights, graphVersion },
    labelRows: 'fixed',
    temperature: 1,
    training: { adoptedFrom: 'peft', baseModel: baseName },
    data: {},
    metrics: {},
    selfTest: [],
  }
  const untested = await sealPromptFiles(card, peft, labelRows, model.card, where)
  const scores = await model.score(await readPromptPackage(untested, model.card, where), selfTestTexts)
  const selfTest = selfTestTexts.map((text, i) => ({ text, scores: scores[i] ?? [] }))
  const files = await sealPromptFiles({ ...card, selfTest }, peft, labelRows, model.card, where)
  const otherName = baseName !== null && baseName !== name
  return { files, warnings: otherName ? [`PEFT's package names the model ${baseName}, and it is adopted for ${name}`] : [] }
}
