import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { maxLabels } from '../../shared/formats/limits.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { Encode } from '../../shared/text/tokenizer.ts'
import { firstOf } from './checks/few.ts'
import type { Dataset } from './dataset.ts'
import { namedLabels } from './example.ts'

/** The labels of a data set in alphabetical order. Throws on fewer than two. */
export function labelsOf({ examples, file }: Dataset): string[] {
  const labels = namedLabels(examples)
  if (labels.length < 2 || labels.length > maxLabels) {
    throw new SoftPromptError(
      'invalid_data',
      `Cannot learn from ${file}: ${labels.length === 1 ? 'it has only one label' : `it has ${labels.length} labels`} (${excerpt(labels.join(', '))}), and 2 to ${maxLabels} are needed.`,
    )
  }
  return labels
}

/**
 * Each label with the word that stands for it in the vocabulary and that word's first token. A label's own words are
 * taken where `chosen` has none: "card_lost" becomes "card lost".
 */
export function verbalize(labels: readonly string[], chosen: Readonly<Record<string, string>>, encode: Encode): Label[] {
  requireLabels(labels, chosen)
  return labels.map((label) => {
    const verbalizer = Object.hasOwn(chosen, label) ? (chosen[label] as string) : words(label)
    const [token] = wordTokens(verbalizer, encode)
    if (token === undefined)
      throw new SoftPromptError(
        'invalid_data',
        `Cannot use label ${excerpt(label)}: its verbalizer ${excerpt(verbalizer)} has no token. Choose another word with --verbalizers.`,
      )
    return { label, verbalizer, token }
  })
}

/** Throws `usage` where a verbalizer was chosen for a label that there is not. */
export function requireLabels(labels: readonly string[], chosen: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(chosen).find((label) => !labels.includes(label))
  if (unknown === undefined) return
  throw new SoftPromptError(
    'usage',
    `Cannot use verbalizer ${excerpt(unknown)}=${excerpt(chosen[unknown])}: there is no such label in the data (${excerpt(labels.join(', '), 200)}).`,
  )
}

/** The tokens of a word that follows text. Where the space before it is a token of its own, the word begins after that. */
function wordTokens(word: string, encode: Encode): readonly number[] {
  const [alone, spaced] = [encode(word), encode(` ${word}`)]
  const apart = alone.length > 0 && spaced.length > alone.length && spaced.slice(-alone.length).join() === alone.join()
  return apart ? alone : spaced
}

/**
 * The labels that their words alone do not tell apart, in groups: those that begin with the same token where the model has an output layer,
 * of which that token's row is what scores them; else those of the same words.
 */
function alikeLabels(labels: readonly Label[], { tables }: Pick<ModelCard, 'tables'>): Label[][] {
  const groups = new Map<number | string, Label[]>()
  for (const label of labels) {
    const key = tables.output === null ? label.verbalizer : label.token
    groups.set(key, [...(groups.get(key) ?? []), label])
  }
  return [...groups.values()].filter(({ length }) => length > 1)
}

/** What to tell of the words that stand for labels, in a line each: that only their first token does, and which are alike. */
export function aboutWords(labels: readonly Label[], card: Pick<ModelCard, 'tables'>, encode: Encode): string[] {
  const scoredByToken = card.tables.output !== null
  const shortened = labels.filter(({ verbalizer }) => scoredByToken && wordTokens(verbalizer, encode).length > 1)
  const [alike, ...others] = alikeLabels(labels, card)
  return [
    ...(shortened.length === 0
      ? []
      : [`only its first token stands for each of these words: ${few(shortened.map(({ verbalizer }) => verbalizer))}`]),
    ...(alike === undefined ? [] : [`labels ${few(alike.map(({ label }) => label))}${others.length === 0 ? '' : `, and ${others.length} more groups,`} ${scoredByToken ? 'begin with the same token' : 'have the same words'}, so the model alone cannot tell them apart; choose other words with --verbalizers`]), // biome-ignore format: one thought
  ]
}

/** Refuses labels that are alike where nothing that is learned tells them apart: `usage`. */
export function requireDifferent(labels: readonly Label[], card: Pick<ModelCard, 'tables'>): void {
  const [alike] = alikeLabels(labels, card)
  if (alike === undefined) return
  throw new SoftPromptError(
    'usage',
    `Cannot keep the label rows fixed: labels ${few(alike.map(({ label }) => label))} would have the same row. Choose other words with --verbalizers, or leave out --head fixed.`,
  )
}

/** The first of some names, and how many more there are. */
function few(names: readonly string[]): string {
  return firstOf(names.map((name) => excerpt(JSON.stringify(name))))
}

function words(label: string): string {
  return (
    label
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .trim()
      .toLowerCase() || label
  )
}
