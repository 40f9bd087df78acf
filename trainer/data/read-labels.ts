import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { type Example, setName } from './example.ts'
import { usualColumns } from './readers/reader.ts'

/** The fields that may stand for the label, where the column is the usual one: several labels, and how likely each is. */
export const otherLabelFields = ['labels', 'probabilities'] as const

/** How far probabilities may be from summing to 1: they are often written with few digits. */
const tolerance = 0.02

/** What a record says of its labels. */
export interface ReadLabels extends Omit<Example, 'text'> {
  /** A label that was written as a number, true or false, as it is in the file. */
  readonly plain?: unknown
}

/**
 * The labels of a record: one, a list of several, or an object with the probability of each. `spelt` turns a label as it is written into its
 * name. Throws `invalid_data`, with the record's place, where there are none.
 */
export function readLabels(
  record: Readonly<Record<string, unknown>>,
  column: string,
  where: string,
  name: (label: string) => string,
): ReadLabels {
  const usual = column === usualColumns.label
  const own = Object.hasOwn(record, column)
  const field = own || !usual ? column : record.labels === undefined ? 'probabilities' : 'labels'
  const given = record[field]
  if (usual) requireOneWay(record, field, where)
  const beside = own && usual && record.probabilities !== null ? record.probabilities : undefined
  if (field === 'labels' && field !== column && !Array.isArray(given))
    throw refuse(
      where,
      `field labels is ${excerpt(given)}, and a list of labels is needed, such as ["billing"]. One label alone stands in field label.`,
    )
  if (Array.isArray(given)) return several(given, field, where, name)
  if (beside !== undefined) {
    const label = name(labelOf(given, field, where))
    return { label, probabilities: probabilitiesOf(beside, 'probabilities', where, name) }
  }
  if (typeof given === 'object' && given !== null) {
    const probabilities = probabilitiesOf(given, field, where, name)
    const [[label] = ['']] = Object.entries(probabilities).sort(([, a], [, b]) => b - a)
    return { label, probabilities }
  }
  const label = name(labelOf(given, field, where))
  return isPlain(given) ? { label, plain: given } : { label }
}

/** Throws where a list of labels stands beside what says otherwise which labels are right: one of the two would count for nothing. */
function requireOneWay(record: Readonly<Record<string, unknown>>, field: string, where: string): void {
  const others = field === 'labels' || Array.isArray(record[field]) ? otherLabelFields : (['labels'] as const)
  const other = others.find((name) => name !== field && record[name] !== undefined && record[name] !== null)
  if (other === undefined) return
  const instead = field === usualColumns.label && other === 'labels' ? ', or name labels as --label-column' : ''
  throw refuse(
    where,
    `it has both a field ${field} and a field ${other}, of which one would count for nothing. Remove one of them${instead}.`,
  )
}

function several(given: readonly unknown[], field: string, where: string, name: (label: string) => string): ReadLabels {
  const labels = given.map((label) => name(labelOf(label, field, where))).sort()
  const twice = labels.find((label, i) => labels[i + 1] === label)
  if (twice !== undefined)
    throw refuse(where, `field ${excerpt(field)} names ${excerpt(JSON.stringify(twice))} twice. Name each label once.`)
  return { label: setName(labels), labels }
}

function probabilitiesOf(given: unknown, field: string, where: string, name: (label: string) => string): Readonly<Record<string, number>> {
  const wanted = 'an object with a probability from 0 to 1 for each label, which sum to 1, such as {"billing": 0.9, "refund": 0.1}'
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw refuse(where, `field ${excerpt(field)} is ${excerpt(given)}, and ${wanted} is needed.`)
  const entries = Object.entries(given).map(([label, value]) => [name(labelOf(label, field, where)), value] as const)
  for (const [label, value] of entries)
    if (typeof value !== 'number' || !(value >= 0 && value <= 1))
      throw refuse(where, `field ${excerpt(field)} gives ${excerpt(JSON.stringify(label))} ${excerpt(value)}, and ${wanted} is needed.`)
  const sum = entries.reduce((total, [, value]) => total + (value as number), 0)
  if (!(Math.abs(sum - 1) <= tolerance))
    throw refuse(where, `the values of field ${excerpt(field)} sum to ${sum.toFixed(3)}, and ${wanted} is needed.`)
  return Object.fromEntries(entries.map(([label, value]) => [label, (value as number) / sum]))
}

/** A label as text. Throws, with its place, where it is none. */
function labelOf(given: unknown, field: string, where: string): string {
  const label = isPlain(given) ? String(given) : given
  if (typeof label === 'string' && label !== '') return label
  throw refuse(
    where,
    `field ${excerpt(field)} is ${label === '' ? 'empty' : excerpt(label)}, and a label that is not empty is needed: a text, a number, true or false.`,
  )
}

/** Whether a label is told apart by its text alone though it is none. */
function isPlain(label: unknown): label is number | boolean {
  return typeof label === 'number' || typeof label === 'boolean'
}

function refuse(where: string, why: string): SoftPromptError {
  return new SoftPromptError('invalid_data', `Cannot read ${where}: ${why}`)
}
