import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { maxLabels } from '../../shared/formats/limits.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { Encode } from '../../shared/text/tokenizer.ts'
import type { Dataset } from './dataset.ts'

/** The labels of a data set in alphabetical order. Throws on fewer than two. */
export function labelsOf({ examples, file }: Dataset): string[] {
  const labels = [...new Set(examples.map(({ label }) => label))].sort()
  if (labels.length < 2 || labels.length > maxLabels) {
    throw new SoftPromptError(
      'invalid_data',
      `Cannot learn from ${file}: it has ${labels.length} labels (${excerpt(labels.join(', '))}), and 2 to ${maxLabels} are wanted.`,
    )
  }
  return labels
}

/**
 * Each label with the word that stands for it in the vocabulary and that word's first token. A label's own words are
 * taken where `chosen` has none: "card_lost" becomes "card lost".
 */
export function verbalize(labels: readonly string[], chosen: Readonly<Record<string, string>>, encode: Encode): Label[] {
  const unknown = Object.keys(chosen).find((label) => !labels.includes(label))
  if (unknown !== undefined) {
    throw new SoftPromptError(
      'usage',
      `Cannot use verbalizer ${excerpt(unknown)}=${excerpt(chosen[unknown])}: there is no such label in the data (${excerpt(labels.join(', '), 200)}).`,
    )
  }
  return labels.map((label) => {
    const verbalizer = Object.hasOwn(chosen, label) ? (chosen[label] as string) : words(label)
    const token = firstToken(verbalizer, encode)
    if (token === undefined)
      throw new SoftPromptError(
        'invalid_data',
        `Cannot use label ${excerpt(label)}: its verbalizer ${excerpt(verbalizer)} has no token. Choose another with --verbalizers.`,
      )
    return { label, verbalizer, token }
  })
}

/** The first token of a word that follows text. Where the space before it is a token of its own, the word begins after that. */
function firstToken(word: string, encode: Encode): number | undefined {
  const [alone, spaced] = [encode(word), encode(` ${word}`)]
  const apart = alone.length > 0 && spaced.length > alone.length && spaced.slice(-alone.length).join() === alone.join()
  return (apart ? alone : spaced)[0]
}

/** A line for each pair of labels whose words begin with the same token, where the model has an output layer, which scores them alike. */
export function sharedTokens(labels: readonly Label[], { tables }: Pick<ModelCard, 'tables'>): string[] {
  if (tables.output === null) return []
  const first = new Map<number, Label>()
  return labels.flatMap((label) => {
    const other = first.get(label.token)
    if (other === undefined) {
      first.set(label.token, label)
      return []
    }
    return [
      `labels ${excerpt(other.label)} and ${excerpt(label.label)} begin with the same token (words ${excerpt(other.verbalizer)} and ${excerpt(label.verbalizer)}); choose other words with --verbalizers`,
    ]
  })
}

/** The index of an example's label. Throws, with the file, where the verbalizers have no such label. */
export function labelIndex(labels: readonly Label[], label: string, file: string): number {
  const index = labels.findIndex((known) => known.label === label)
  if (index < 0)
    throw new SoftPromptError(
      'invalid_data',
      `Cannot use ${file}: label ${excerpt(label)} is not one of the verbalizers' (${excerpt(labels.map((known) => known.label).join(', '), 200)}).`,
    )
  return index
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
