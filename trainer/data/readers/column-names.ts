import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { nameColumns, neededColumns, type Reading } from './reader.ts'

/** Whether a header names every column that is needed. */
export function namesAll(header: readonly string[], reading: Reading): boolean {
  return neededColumns(reading).every((wanted) => header.some((name) => same(name, wanted)))
}

/** The header with the columns that are needed under their own names. Throws, naming `where`, if one is missing or there twice. */
export function columnNames(header: readonly string[], reading: Reading, where: string): string[] {
  const wanted = neededColumns(reading)
  for (const name of wanted) {
    const times = header.filter((other) => same(other, name)).length
    if (times === 1) continue
    const found = excerpt(header.map((other) => JSON.stringify(other.trim())).join(', '), 160)
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${where}: ${times === 0 ? 'no' : 'more than one'} column is named ${excerpt(JSON.stringify(name))}. The columns are ${found}: ${nameColumns(reading)}`,
    )
  }
  return header.map((name) => wanted.find((other) => same(name, other)) ?? name.trim())
}

function same(name: string, wanted: string): boolean {
  return name.trim().toLowerCase() === wanted.trim().toLowerCase()
}
