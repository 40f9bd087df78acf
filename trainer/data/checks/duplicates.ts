import type { Check } from './check.ts'
import { shown } from './few.ts'

/** Texts that are in one split more than once. */
export const duplicates: Check = ({ splits, texts }) =>
  splits.flatMap(([split, { examples }]) => {
    const times = new Uint32Array(texts.size)
    const ids = texts.rows[split] ?? new Int32Array()
    let repeated = 0
    for (const id of ids) {
      times[id] = (times[id] ?? 0) + 1
      if (times[id] === 2) repeated++
    }
    if (repeated === 0) return []
    const often = times.reduce((best, count, id) => (count > (times[best] ?? 0) ? id : best), 0)
    const text = shown(examples[ids.indexOf(often)]?.text ?? '')
    const said = repeated === 1 ? 'one text' : `${repeated} texts`
    return [{ level: 'warning', count: repeated, message: `${split} has ${said} more than once, such as ${text} (${times[often]} times)` }]
  })
