import { SoftPromptError } from '../../shared/error.ts'
import { readerOf } from './dataset.ts'
import { openExamples } from './opened-file.ts'
import { usualColumns } from './readers/reader.ts'

/** So many records tell which fields those of a file have. */
const peeked = 20

/** The names of the fields, or columns, that the records of a file have, of a few records. Throws `invalid_data` where it can't be read, or has none. */
export function fieldNames(file: string): string[] {
  const opened = openExamples(file)
  try {
    const reader = readerOf(file)
    const reading = { file, columns: usualColumns, labelled: true, tell: () => undefined }
    if (reader.header !== undefined) return [...reader.header(opened, file)]
    const names = new Set<string>()
    let count = 0
    for (const { value } of reader.records(opened, reading)) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) for (const name of Object.keys(value)) names.add(name)
      if (++count === peeked) break
    }
    if (count === 0) throw new SoftPromptError('invalid_data', `Cannot read ${file}: it has no examples.`)
    return [...names]
  } finally {
    opened.close()
  }
}
