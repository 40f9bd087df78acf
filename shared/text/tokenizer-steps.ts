import { excerpt } from '../error.ts'

/** A step of what a tokenizer.json does to a text before its model sees it, as it stands there: anything. */
type Step = Readonly<Record<string, unknown>>

/** The steps of a parsed tokenizer.json's normalizer and pre_tokenizer, those within a sequence too. */
function stepsOf({ normalizer, pre_tokenizer: preTokenizer }: Step): Step[] {
  const steps: Step[] = []
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    steps.push(value as Step)
    Object.values(value).forEach(visit)
  }
  visit([normalizer, preTokenizer])
  return steps
}

/** The regular expressions that a tokenizer of this parsed tokenizer.json would run, each once. */
export function patternsOf(tokenizer: Step): string[] {
  return [...new Set(stepsOf(tokenizer).flatMap(({ Regex }) => (typeof Regex === 'string' ? [Regex] : [])))]
}

/** A text may become so many times as long while it is normalized. */
const maxGrowth = 64

/**
 * Why the steps would not end, or would fill the memory, on some text; null where they would not. Regular expressions are another matter:
 * `patternsOf`.
 */
export function endlessStep(tokenizer: Step): string | null {
  let growth = 1
  for (const step of stepsOf(tokenizer)) {
    const { type, length, content, prepend, replacement, str_rep: replaced } = step
    if (type === 'FixedLength' && !(Number.isInteger(length) && (length as number) > 0))
      return 'its FixedLength has no length of at least 1'
    if (typeof content === 'string' && /\$[$&`'<\d]/.test(content)) return `its Replace has ${excerpt(content)} for content, where "$" would be read as an instruction` // biome-ignore format: one thought
    growth *= Math.max(1, ...[content, prepend, replaced ?? replacement].map((value) => (typeof value === 'string' ? value.length : 1)))
    if (growth > maxGrowth) return `its steps could make a text more than ${maxGrowth} times as long`
  }
  return null
}
