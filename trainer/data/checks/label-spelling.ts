import type { Check } from './check.ts'
import { firstOf, shown } from './few.ts'

/** Of labels that are alike so many are shown. */
const maxShown = 4

/** Labels that differ in nothing but capitals and spaces, which are learned as different ones, or that have spaces around them. */
export const labelSpelling: Check = ({ labels }) => {
  const counts = new Map<string, number>()
  for (const split of Object.values(labels)) for (const [label, count] of split) counts.set(label, (counts.get(label) ?? 0) + count)
  const groups = grouped([...counts.keys()])
  const alike = [...groups.values()].filter(({ length }) => length > 1)
  const spaced = [...counts.keys()].filter((label) => label.trim() !== label)
  if (alike.length === 0 && spaced.length > 0) {
    const named = firstOf(spaced.map((label) => `${shown(label)} (${counts.get(label)})`))
    return [
      {
        level: 'warning',
        count: spaced.length,
        message: `labels begin or end with spaces: ${named}. Answers will have them too: take them out`,
      },
    ]
  }
  if (alike.length === 0) return []
  const said = alike.map((group) =>
    group
      .slice(0, maxShown)
      .map((label) => `${shown(label)} (${counts.get(label)})`)
      .join(' and '),
  )
  return [
    { level: 'problem', count: alike.length, message: `labels differ only in capitals or spaces: ${firstOf(said)}. Write each in one way` },
  ]
}

function grouped(labels: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const label of labels) {
    const key = label.toLowerCase().replace(/\s+/gu, '')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [label])
    else group.push(label)
  }
  return groups
}
