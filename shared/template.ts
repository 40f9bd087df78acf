import { Tokenizer } from '@huggingface/tokenizers'
import { SoftPromptError } from './error.ts'
import type { ModelCard } from './model-card.ts'

/** Turns text into ids, without special tokens. */
export type Encode = (text: string) => number[]

/** The encoder of a `tokenizer.json`. Throws a SoftPromptError where the file is no tokenizer. */
export function loadTokenizer(json: string, where: string): Encode {
  let tokenizer: Tokenizer
  try {
    tokenizer = new Tokenizer(JSON.parse(json), {})
  } catch (cause) {
    throw new SoftPromptError('invalid_model', `Cannot read ${where}: it is no tokenizer.json (${(cause as Error).message}).`, { cause })
  }
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids
}

/** The ids of a row, and whether the text had to be cut to fit. */
export interface EncodedText {
  readonly inputIds: readonly number[]
  readonly truncated: boolean
}

/**
 * A function from a text to its row of ids: the model's beginning, then the template with the text in its place.
 * The three parts are tokenised apart, so a text too long for `maxTokens` loses its own end and never the template's.
 * Throws where the template alone does not fit.
 */
export function compileTemplate(
  template: string,
  encode: Encode,
  tokens: ModelCard['tokens'],
  maxTokens: number,
): (text: string) => EncodedText {
  const [before = '', after = ''] = template.split('{text}')
  const head = [...(tokens.beginning === null ? [] : [tokens.beginning]), ...encode(before)]
  const tail = encode(after)
  const room = maxTokens - head.length - tail.length
  if (room < 1) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot use template ${JSON.stringify(template)}: it has ${head.length + tail.length} tokens of the ${maxTokens} that a row may have, and a text needs at least one. Shorten it, or raise the most tokens.`,
      { param: 'template' },
    )
  }
  return (text) => {
    const ids = encode(text)
    return { inputIds: [...head, ...ids.slice(0, room), ...tail], truncated: ids.length > room }
  }
}
