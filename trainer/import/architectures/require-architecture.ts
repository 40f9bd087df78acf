import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { namesOf } from '../../../shared/names-of.ts'
import type { Architecture } from './architecture.ts'
import * as architectures from './table.ts'

/** The architecture of a model package. Throws `unsupported` where it is not known. */
export function requireArchitecture({ name, architecture }: Pick<ModelCard, 'name' | 'architecture'>): Architecture {
  const known = namesOf(architectures).find((each) => each === architecture)
  if (known !== undefined) return architectures[known]
  throw new SoftPromptError(
    'unsupported',
    `Cannot learn through model ${name}: its architecture is ${excerpt(architecture)}, and ${namesOf(architectures).join(', ')} are supported here. The package may come from a newer softprompt.`,
  )
}
