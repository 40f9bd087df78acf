import type { Placement } from '../../shared/engine/families/family.ts'
import { familyOf } from '../../shared/engine/families/family-of.ts'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { type Label, PromptCard } from '../../shared/formats/prompt-card.ts'
import { compileTemplate, type EncodedText } from '../../shared/text/template.ts'
import type { OpenedModel } from '../import/open-model.ts'
import * as methods from './methods/table.ts'
import type { TrainingSettings } from './settings.ts'

/** A function from a text to its row. A template that leaves no room is the user's to mend here, where no package is wrong. */
export function templateOf(
  { template, maxTokens }: Pick<TrainingSettings, 'template' | 'maxTokens'>,
  { encode, card }: Pick<OpenedModel, 'encode' | 'card'>,
): (text: string) => EncodedText {
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

/** Where the texts of a prompt to be learned stand behind it: the family's own way. */
export function placementOf(card: ModelCard, { method, virtualTokens }: TrainingSettings): Placement {
  return { positionOffset: familyOf(card).positionOffsets(methods[method].kind, virtualTokens)[0] as number, readout: card.readout }
}

/** The settings with rows that fit the model's context behind the prompt. Throws where the length that was `given` does not. */
export function fitContext(settings: TrainingSettings, card: ModelCard, given: number | undefined): TrainingSettings {
  const { virtualTokens, maxTokens } = settings
  const { context } = card.sizes
  const { positionOffset } = placementOf(card, settings)
  const room = context - positionOffset
  if (maxTokens <= room) return settings
  if (given === undefined && room > 0) return { ...settings, maxTokens: room }
  if (positionOffset === 0)
    throw new SoftPromptError(
      'usage',
      `Cannot use --max-tokens ${maxTokens}: the model's context is ${context} positions. Lower it to ${context} or less.`,
    )
  throw new SoftPromptError(
    'usage',
    `Cannot use ${virtualTokens} virtual tokens with --max-tokens ${maxTokens}: the model's context is ${context} positions. Lower one of them.`,
  )
}
