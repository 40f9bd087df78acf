import { Tokenizer } from '@huggingface/tokenizers'
import { excerpt, SoftPromptError } from '../error.ts'
import { knownPatterns } from './known-patterns.ts'
import { endlessStep, patternsOf } from './tokenizer-steps.ts'

/** Turns text into ids. The name of a special token in a text is text like any other: who writes a text can't end or begin one. */
export type Encode = (text: string) => number[]

/**
 * The tokenizer remembers the words it met, up to 10,000 of up to 255 characters: tens of megabytes, where a text's writer
 * picks them. It forgets them after so many characters.
 */
const maxRemembered = 2 ** 17

/**
 * The encoder of a `tokenizer.json`. `checkedPatterns` are the regular expressions that were checked for backtracking, as the model's card
 * names them. Throws `invalid_model` where the file is no tokenizer, or gives ids that the model, of `vocabulary` tokens, has not, and
 * `unsupported` where a text could make it run for ever: it has a regular expression that is neither known nor checked, or an endless step.
 */
export function loadTokenizer(json: string, where: string, vocabulary: number, checkedPatterns: readonly string[] = []): Encode {
  let tokenizer: Tokenizer
  let mend = (text: string) => text
  try {
    const parsed = JSON.parse(json)
    requireChecked(patternsOf(parsed), checkedPatterns, where)
    const endless = endlessStep(parsed)
    if (endless !== null)
      throw new SoftPromptError('unsupported', `Cannot use ${where}: ${endless}. Use the tokenizer that the model was trained with.`)
    const added = (parsed.added_tokens ?? []) as { content: string; special?: boolean }[]
    const special = new Set(added.filter((token) => token.special === true).map(({ content }) => content))
    const model = { ...parsed.model, vocab: withoutPieces(parsed.model, special) }
    tokenizer = new Tokenizer({ ...parsed, model, added_tokens: added.filter(({ content }) => !special.has(content)), decoder: null }, {})
    if (parsed.normalizer?.type === 'BertNormalizer') mend = mendForBert(parsed.normalizer)
  } catch (cause) {
    if (cause instanceof SoftPromptError) throw cause
    throw new SoftPromptError('invalid_model', `Cannot read ${where}: it is not a tokenizer.json (${excerpt((cause as Error).message)}).`, {
      cause,
    })
  }
  const alien = [...(tokenizer.model?.tokens_to_ids ?? [])].find(([, id]) => !Number.isInteger(id) || id < 0 || id >= vocabulary)
  if (alien !== undefined) {
    throw new SoftPromptError(
      'invalid_model',
      `Cannot use ${where}: its token ${excerpt(JSON.stringify(alien[0]))} has id ${alien[1]}, and the model has embeddings for ${vocabulary} ids. Resize the model's embeddings, or give the tokenizer that it was trained with.`,
    )
  }
  let remembered = 0
  return (text) => {
    remembered += text.length
    if (remembered > maxRemembered) {
      ;(tokenizer.model as { clear_cache?(): void } | null)?.clear_cache?.() // what BPE has and other models need not
      remembered = text.length
    }
    return tokenizer.encode(mend(text), { add_special_tokens: false }).ids
  }
}

/** Throws where one of `patterns` is neither known nor among `checked`. */
function requireChecked(patterns: readonly string[], checked: readonly string[], where: string): void {
  const unchecked = patterns.find((pattern) => !knownPatterns.has(pattern) && !checked.includes(pattern))
  if (unchecked === undefined) return
  throw new SoftPromptError(
    'unsupported',
    `Cannot use ${where}: its regular expression ${excerpt(JSON.stringify(unchecked))} is not that of a known tokenizer, and model.json does not say that it was checked for backtracking. Import the checkpoint again, then publish it again.`,
  )
}

/** What a tokenizer's model knows of pieces: their ids or, where a piece's place is its id, a list with their scores. */
interface Pieces {
  readonly vocab: Readonly<Record<string, number>> | readonly (readonly [piece: string, score: number])[]
  readonly unk_token?: string
}

/** The pieces without the `special` ones, which some models would find in a text. What stands for an unknown piece stays. */
function withoutPieces({ vocab, unk_token }: Pieces, special: ReadonlySet<string>): Pieces['vocab'] {
  if (Array.isArray(vocab)) return vocab.map(([piece, score]) => [special.has(piece) ? '' : piece, score] as const)
  return Object.fromEntries(Object.entries(vocab).filter(([piece]) => piece === unk_token || !special.has(piece)))
}

/** The characters past U+FFFF that BERT sets apart, as a word each: most of the extensions of the Han script. */
const rareHan = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu

/**
 * What the library's BertNormalizer (0.2.0) omits, done to the text before: it sees no Han character past U+FFFF, and makes ς of
 * the Σ that ends a word where Python's `tokenizers`, which the vocabularies were made with, makes σ. What is left: of marks and
 * punctuation that came after Unicode 8, JavaScript's tables know more.
 */
function mendForBert({ handle_chinese_chars, lowercase }: { handle_chinese_chars?: boolean; lowercase?: boolean }) {
  return (text: string) => {
    const apart = handle_chinese_chars ? text.replace(rareHan, ' $& ') : text
    return lowercase ? apart.replaceAll('Σ', 'σ') : apart
  }
}
