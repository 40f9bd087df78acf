import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { type Dataset, type ReadOptions, readExamples } from '../data/dataset.ts'
import { isFolder, splitFiles } from '../data/dataset-folder.ts'
import type { Example } from '../data/example.ts'
import { examplesHash } from '../data/examples-hash.ts'
import { otherLabelFields, readLabels } from '../data/read-labels.ts'
import { usualColumns } from '../data/readers/reader.ts'
import type { GivenExamples } from './options.ts'

/** Examples that are given as `option`: read, where it is a file, else checked. Throws `invalid_data` with the place of what is none. */
export function givenExamples(option: string, given: GivenExamples, reading: ReadOptions): Dataset {
  if (typeof given === 'string') return readExamples(given, reading)
  const examples = given.map((example, i): Example => {
    const [record, where] = [Object(example) as Record<string, unknown>, `${option}[${i}]`]
    const { text } = record
    if (typeof text !== 'string' || text === '')
      throw new SoftPromptError(
        'invalid_data',
        `Cannot read ${where}: its text is ${excerpt(text)}, and a text that is not empty is needed.`,
      )
    if (!['label', ...otherLabelFields].some((field) => record[field] !== undefined))
      throw new SoftPromptError('invalid_data', `Cannot read ${where}: it has no label. Give it a label, labels or probabilities.`)
    const { plain: _, ...labels } = readLabels(record, usualColumns.label, where, (label) => label)
    return { text, ...labels }
  })
  const [first] = examples
  if (first === undefined) throw new SoftPromptError('invalid_data', `Cannot read ${option}: it has no examples.`)
  const other = examples.findIndex(({ labels }) => (labels === undefined) !== (first.labels === undefined))
  if (other >= 0)
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${option}[${other}]: of it and those before, some have lists of labels, and some one label each. Write all in one way.`,
    )
  return { file: option, sha256: examplesHash({ examples }), examples }
}

/** Examples to measure on: of a folder with several splits that of test. */
export function measuredExamples(given: GivenExamples, reading: Omit<ReadOptions, 'split'>): Dataset {
  const tested = typeof given === 'string' && isFolder(given) && splitFiles(given).test !== undefined
  return givenExamples('data', given, tested ? { ...reading, split: 'test' } : reading)
}
