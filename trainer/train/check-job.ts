import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { type Label, PromptCard } from '../../shared/formats/prompt-card.ts'
import { compileTemplate, type EncodedText } from '../../shared/text/template.ts'
import type { OpenedModel } from '../import/open-model.ts'
import type { TrainingSettings } from './settings.ts'

/** A function from a text to its row. A template that leaves no room is the user's to mend here, where no package is wrong. */
export function templateOf({ template, maxTokens }: TrainingSettings, { encode, card }: OpenedModel): (text: string) => EncodedText {
  try {
    return compileTemplate(template, encode, card.tokens, maxTokens)
  } catch (cause) {
    if (!(cause instanceof SoftPromptError)) throw cause
    throw new SoftPromptError('usage', cause.message, { cause })
  }
}

/** Throws where the package's card could not hold what is to be learned: before training, not after. */
export function requireCard(labels: readonly Label[], template: string): void {
  const checked = PromptCard.pick({ labels: true, template: true }).safeParse({ labels, template })
  if (checked.success) return
  const issue = checked.error.issues[0]
  const at = issue?.path[0] === 'labels' ? `label ${excerpt(labels[Number(issue.path[1])]?.label)}` : 'the template'
  throw new SoftPromptError('invalid_data', `Cannot learn with ${at}: ${issue?.path.at(-1)?.toString()}: ${issue?.message}.`)
}

/** Throws where prompt and texts do not fit the model's context together. */
export function requireContext({ virtualTokens, maxTokens }: TrainingSettings, { card }: OpenedModel): void {
  const { context } = card.sizes
  if (virtualTokens + maxTokens <= context) return
  throw new SoftPromptError(
    'usage',
    `Cannot use ${virtualTokens} virtual tokens with --max-tokens ${maxTokens}: the model's context is ${context} positions. Lower one of the two.`,
  )
}
