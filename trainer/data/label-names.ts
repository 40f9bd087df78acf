import { dirname, join } from 'node:path'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { readFile } from '../disk/read-file.ts'

const maxInfoBytes = 2 ** 24

/** The names of a column's labels, of which a row holds the place: what Hugging Face's library calls a ClassLabel. */
const ClassLabel = z.object({ _type: z.literal('ClassLabel'), names: z.array(z.string()).min(1) })
const Features = z.object({ features: z.record(z.string(), z.unknown()) })

/** The names of the labels in `column` as features of a data set say them; null where they don't. `info` is parsed JSON: anything. */
export function namesInFeatures(info: unknown, column: string): readonly string[] | null {
  const { data } = Features.safeParse(info)
  const features = data?.features ?? {}
  const { data: label } = ClassLabel.safeParse(Object.hasOwn(features, column) ? features[column] : null)
  return label?.names ?? null
}

/** The names of the labels in `column` of the files in a folder, from the dataset_info.json beside them or above; null where there is none, or it has none. */
export function namesBeside(file: string, root: string, column: string): readonly string[] | null {
  for (const folder of [dirname(file), root]) {
    const path = join(folder, 'dataset_info.json')
    const bytes = readFile(path, maxInfoBytes, 'invalid_data')
    if (bytes === null) continue
    try {
      return namesInFeatures(JSON.parse(new TextDecoder().decode(bytes)), column)
    } catch (cause) {
      throw new SoftPromptError('invalid_data', `Cannot read ${path}: it is not JSON (${excerpt((cause as Error).message)}).`, { cause })
    }
  }
  return null
}

/** The name that a label stands for by its place among `names`; itself where it is one of them. Throws, naming `where`, if it is none. */
export function nameOfLabel(label: string, names: readonly string[], where: string): string {
  if (/^\d{1,9}$/.test(label) && !names.includes(label)) {
    const name = names[Number(label)]
    if (name !== undefined && name !== '') return name
  } else if (names.includes(label)) return label
  const unlabelled = label === '-1' ? ' -1 stands for no label: measure on another split.' : ''
  throw new SoftPromptError(
    'invalid_data',
    `Cannot read ${where}: label ${excerpt(label)} has no name. The names are 0 to ${names.length - 1}: ${excerpt(names.join(', '), 160)}.${unlabelled}`,
  )
}
