import { join } from 'node:path'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { maxBytes, usualRowTokens } from '../../shared/formats/limits.ts'
import { holdsClassifier, type PeftFiles, readAdapterConfig } from '../../shared/formats/peft.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { type PromptFiles, sealPromptPackage, type UnsealedCard } from '../../shared/formats/prompt-package.ts'
import { readFile, requireFolder } from '../disk/read-file.ts'
import type { OpenedModel } from './open-model.ts'
import { wordHead } from './word-head.ts'

/** What PEFT's package does not say: the task that the prompt was learned for. */
export interface AdoptedTask {
  readonly task: string
  readonly labels: PromptCard['labels']
  readonly template: string
  /** Without it, as many as training takes, or as the context has left. */
  readonly maxTokens?: number | undefined
}

/** PEFT's two files in `directory`. Throws where they are not there. */
export function readPeftFiles(directory: string): PeftFiles {
  const read = (name: keyof PeftFiles, limit: number, hint: string) => {
    const bytes = readFile(join(directory, name), limit, 'invalid_prompt')
    if (bytes === null) requireFolder(directory, 'invalid_prompt')
    if (bytes === null) throw new SoftPromptError('invalid_prompt', `Cannot adopt ${directory}: it has no ${name}. ${hint}`)
    return bytes
  }
  return {
    'adapter_config.json': read('adapter_config.json', maxBytes.promptCard, "Is it a folder that PEFT's save_pretrained wrote?"),
    'adapter_model.safetensors': read(
      'adapter_model.safetensors',
      maxBytes.promptFile,
      'Save it with save_pretrained(…, safe_serialization=True).',
    ),
  }
}

/**
 * A whole prompt package around a prompt that PEFT learned: PEFT's files as they are, label rows from the labels' words, and a card with a
 * self-test on `selfTestTexts`. A classifier that PEFT learned with the prompt scores something else than what is read here, so it is left
 * out, with a warning. Throws where the prompt does not fit the model.
 */
export async function adopt(
  peft: PeftFiles,
  where: string,
  task: AdoptedTask,
  { opened, frozen }: { opened: OpenedModel; frozen: FrozenModel },
  selfTestTexts: readonly string[],
): Promise<{ files: PromptFiles; warnings: string[] }> {
  const { family } = frozen
  const config = readAdapterConfig(peft['adapter_config.json'], family.peftTaskType, `${where}/adapter_config.json`)
  const { kind, virtualTokens, baseName } = config
  const { baseHash: hash, name, weights, graphVersion, readout, sizes } = opened.card
  const offsets = family.positionOffsets(kind, virtualTokens)
  const positionOffset = offsets.at(-1) as number // PEFT's own, where a family knows several
  const left = sizes.context - positionOffset
  const maxTokens = task.maxTokens ?? Math.min(usualRowTokens, left)
  if (maxTokens < 1 || maxTokens > left) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot adopt ${where}: its ${virtualTokens} virtual tokens and rows of ${Math.max(1, maxTokens)} tokens need more than the ${sizes.context} positions of model ${name}. Lower --max-tokens, or name the model that it was trained on.`,
    )
  }
  const head = await wordHead({ opened, frozen }, task.labels)
  const card: UnsealedCard = {
    ...task,
    maxTokens,
    kind,
    method: 'peft',
    virtualTokens,
    positionOffset,
    readout,
    answer: { type: 'softmax', version: 1, temperature: 1 },
    base: { hash, name, weights, graphVersion },
    settings: { adoptedFrom: 'peft', baseModel: baseName },
    training: null,
    data: {},
    metrics: {},
    baselines: {},
    selfTest: [],
  }
  const untested = await Prompt.load(await sealPromptPackage(card, peft, head, opened.card, where), where, frozen)
  const classifier = holdsClassifier(peft['adapter_model.safetensors'], config, `${where}/adapter_model.safetensors`)
  const selfTest: PromptCard['selfTest'] = []
  for (const text of selfTestTexts) {
    const [hidden] = await frozen.hidden([untested.row(text)], [untested.ready])
    selfTest.push({ text, scores: { [weights]: Array.from(untested.scores(hidden as Float32Array)) } })
  }
  const files = await sealPromptPackage({ ...card, selfTest }, peft, head, opened.card, where)
  const warnings: string[] = []
  if (baseName !== null && baseName !== name)
    warnings.push(`PEFT's package names the model ${excerpt(baseName)}, and it is adopted for ${name}`)
  if (classifier)
    warnings.push(
      "PEFT's classifier is left out, as it reads a pooler that is not served here: a text gets the label whose words it is most like. Evaluate the package, and learn the task with softprompt train where that is not enough",
    )
  return { files, warnings }
}
