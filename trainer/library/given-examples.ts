import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { type Dataset, type ReadOptions, readExamples } from '../data/dataset.ts'
import { isFolder, splitFiles } from '../data/dataset-folder.ts'
import { examplesHash } from '../data/examples-hash.ts'
import type { GivenExamples } from './options.ts'

/** Examples that are given as `option`: read, where it is a file, else checked. Throws `invalid_data` with the place of what is none. */
export function givenExamples(option: string, given: GivenExamples, reading: ReadOptions): Dataset {
  if (typeof given === 'string') return readExamples(given, reading)
  const examples = given.map((example, i) => {
    const { text, label } = Object(example) as Record<'text' | 'label', unknown>
    if (isText(text) && isText(label)) return { text, label }
    const wrong = isText(text) ? `label is ${excerpt(label)}` : `text is ${excerpt(text)}`
    throw new SoftPromptError('invalid_data', `Cannot use ${option}[${i}]: its ${wrong}, and a text that is not empty is needed.`)
  })
  if (examples.length === 0) throw new SoftPromptError('invalid_data', `Cannot use ${option}: it has no examples.`)
  return { file: option, sha256: examplesHash({ examples }), examples }
}

/** Examples to measure on: of a folder with several splits that of test. */
export function measuredExamples(given: GivenExamples, reading: Omit<ReadOptions, 'split'>): Dataset {
  const tested = typeof given === 'string' && isFolder(given) && splitFiles(given).test !== undefined
  return givenExamples('data', given, tested ? { ...reading, split: 'test' } : reading)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
