import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { namesOf } from '../../../shared/names-of.ts'
import * as weightFormats from './table.ts'
import type { WeightFormat } from './weight-format.ts'

/** The weight format `name`. Throws `unsupported` where there is none; `failing` says what cannot be done then. */
export function requireWeightFormat(name: string, failing: string): WeightFormat {
  const known = namesOf(weightFormats).find((each) => each === name)
  if (known !== undefined) return weightFormats[known]
  throw new SoftPromptError(
    'unsupported',
    `${failing}: its weights are ${excerpt(JSON.stringify(name))}, and those supported here are ${namesOf(weightFormats).join(', ')}. Import the checkpoint again with one of them.`,
    { param: 'weights' },
  )
}
