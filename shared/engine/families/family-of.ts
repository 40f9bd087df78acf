import { excerpt, SoftPromptError } from '../../error.ts'
import type { ModelCard } from '../../formats/model-card.ts'
import type { Family } from './family.ts'
import * as table from './table.ts'

const families: Readonly<Record<string, Family>> = table

/** The family of a model. Throws where its card names one that is not known, or a readout that the family has not. */
export function familyOf({ family: name, readout, name: model }: ModelCard): Family {
  const family = Object.hasOwn(families, name) ? families[name] : undefined
  const refuse = (what: string, known: readonly string[]) =>
    new SoftPromptError(
      'unsupported',
      `Cannot load model ${model}: ${what}, and ${known.join(', ')} are supported here. The package may come from a newer softprompt.`,
    )
  if (family === undefined) throw refuse(`its family is ${excerpt(name)}`, Object.keys(families))
  if (!family.readouts.includes(readout)) throw refuse(`its readout is ${excerpt(readout)}`, family.readouts)
  return family
}
