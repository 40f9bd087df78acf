import type { Check } from './check.ts'

/** Texts whose end is lost, since a row has no room for more. */
export const cutTexts: Check = ({ splits, rows, model }) =>
  splits.flatMap(([split, { examples }]) => {
    const sampled = rows?.[split] ?? []
    const cut = sampled.filter(({ truncated }) => truncated).length
    if (cut === 0 || model === null) return []
    const count = Math.round((cut * examples.length) / sampled.length)
    const about = sampled.length < examples.length ? 'about ' : ''
    const message = `rows of ${model.maxTokens} tokens cut off the end of ${about}${count} of the ${examples.length} texts of ${split}. Raise --max-tokens, or shorten them`
    return [{ level: 'warning', count, message }]
  })
