import type { Check } from './check.ts'
import { shown } from './few.ts'

/** Texts that have one label here and another there. */
export const contradictions: Check = ({ splits, texts }) => {
  const first: (string | undefined)[] = new Array(texts.size)
  const contrary = new Uint8Array(texts.size)
  let [count, example] = [0, '']
  for (const [split, { examples }] of splits) {
    texts.rows[split]?.forEach((id, row) => {
      const { text, label } = examples[row] as (typeof examples)[number]
      const before = first[id]
      if (before === undefined) first[id] = label
      else if (before !== label && contrary[id] === 0) {
        contrary[id] = 1
        if (count++ === 0) example = `${shown(text)}: ${shown(before, 40)} and ${shown(label, 40)}`
      }
    })
  }
  if (count === 0) return []
  const said = count === 1 ? 'one text has' : `${count} texts have`
  return [{ level: 'warning', count, message: `${said} more than one label, such as ${example}. Decide for one` }]
}
