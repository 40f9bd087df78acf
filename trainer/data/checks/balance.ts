import type { Check, Finding } from './check.ts'
import { firstOf, shown } from './few.ts'

/** With fewer examples of a label than these, what is learned of it is chance. */
const minExamples = 8
/** Beyond that the most frequent label is the answer too often. */
const maxRatio = 20

/** Labels of too few examples to learn from, by themselves or beside the others. */
export const balance: Check = ({ labels: { train = new Map<string, number>() } }) => {
  const byCount = [...train].sort(([, a], [, b]) => a - b)
  const [rarest, commonest] = [byCount[0], byCount.at(-1)]
  if (rarest === undefined || commonest === undefined) return []
  const findings: Finding[] = []
  const few = byCount.filter(([, count]) => count < minExamples)
  if (few.length > 0)
    findings.push({
      level: 'warning',
      count: few.length,
      message: `train has fewer than ${minExamples} examples of ${firstOf(few.map(([label, count]) => `${shown(label)} (${count})`))}. Add some`,
    })
  const ratio = commonest[1] / rarest[1]
  if (ratio > maxRatio)
    findings.push({
      level: 'warning',
      count: byCount.filter(([, count]) => commonest[1] / count > maxRatio).length,
      message: `train has ${Math.round(ratio)} times as many examples of ${shown(commonest[0])} (${commonest[1]}) as of ${shown(rarest[0])} (${rarest[1]}). Look at macro-F1 beside the accuracy, which the frequent labels decide`,
    })
  return findings
}
