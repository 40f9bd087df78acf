import { maxLabels } from '../../../shared/formats/limits.ts'
import type { Check, Finding } from './check.ts'
import { firstOf, shown } from './few.ts'

/** Labels that training can't take, or can't learn. */
export const labelSets: Check = ({ labels: { train, ...others } }) => {
  if (train === undefined) return []
  const findings: Finding[] = []
  if (train.size < 2 || train.size > maxLabels) {
    const has = train.size === 1 ? 'one label alone' : `${train.size} labels`
    findings.push({
      level: 'problem',
      count: train.size,
      message: `train has ${has}, and 2 to ${maxLabels} are needed. Is it the right column (--label-column)?`,
    })
  }
  for (const [split, labels] of Object.entries(others)) {
    const unknown = [...labels].filter(([label]) => !train.has(label))
    const missing = [...train.keys()].filter((label) => !labels.has(label))
    const rows = unknown.map(([label, count]) => `${shown(label)} (${count})`)
    if (unknown.length > 0)
      findings.push({
        level: 'problem',
        count: unknown.length,
        message: `${split} has labels that train lacks, so nothing is learned of them: ${firstOf(rows)}. Add examples of them to train, or take them out`,
      })
    if (missing.length > 0)
      findings.push({
        level: 'warning',
        count: missing.length,
        message: `${split} has no example of ${firstOf(missing.map((label) => shown(label)))}, so it doesn't tell how well these are learned`,
      })
  }
  return findings
}
