import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { type Criteria, type Criterion, criteriaBy, possibleCriteria } from '../evaluate/better.ts'
import { classification } from './objectives/classification.ts'
import { multilabel } from './objectives/multilabel.ts'
import type { Objective } from './objectives/objective.ts'

/** What the best step is chosen by: what was asked for; with class weights, by which all labels are to count alike, macro-F1. */
export function criteriaOf(
  { chooseBy, classWeights }: { readonly chooseBy?: Criterion | undefined; readonly classWeights?: unknown },
  { criteria, several }: Pick<Objective, 'criteria' | 'several'>,
): Criteria {
  if (chooseBy !== undefined) return criteriaBy(chooseBy)
  return classWeights === undefined || several ? criteria : criteriaBy('macroF1')
}

/** The first criterion that a package was chosen by, as its card tells. `several`: whether a text may have several labels. */
export function criterionOf({ settings: { chooseBy, classWeights } }: Pick<PromptCard, 'settings'>, several: boolean): Criterion {
  const asked = possibleCriteria.find((name) => name === chooseBy)
  return criteriaOf({ chooseBy: asked, classWeights }, several ? multilabel : classification)[0]
}
