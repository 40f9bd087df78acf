import type { Check, Finding } from './check.ts'
import { shown } from './few.ts'

/** So small a share of a split moves what is measured on it by less than chance does. */
const tolerated = 0.01

/** Texts of one split that are in another: what was learned by heart, or chosen by, is no measure. */
export const leaks: Check = ({ splits, texts }) => {
  const findings: Finding[] = []
  splits.forEach(([split, { examples }], place) => {
    for (const [other] of splits.slice(0, place)) {
      const there = new Uint8Array(texts.size)
      for (const id of texts.rows[other] ?? []) there[id] = 1
      const ids = texts.rows[split] ?? new Int32Array()
      const count = ids.reduce((sum, id) => sum + (there[id] ?? 0), 0)
      if (count === 0) continue
      const text = shown(examples[ids.findIndex((id) => there[id] === 1)]?.text ?? '')
      findings.push({
        level: count > tolerated * ids.length ? 'problem' : 'warning',
        count,
        message: `${split} shares ${count === ids.length ? 'all' : `${count} of`} its ${ids.length} texts with ${other}, such as ${text}: they make ${split} look better than new texts would. Take them out of one of the two`,
      })
    }
  })
  return findings
}
