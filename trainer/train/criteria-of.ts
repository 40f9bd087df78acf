import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { type Criteria, type Criterion, criteriaBy, possibleCriteria } from '../evaluate/better.ts'
import { classification } from './objectives/classification.ts'
import { multilabel } from './objectives/multilabel.ts'
import type { Objective } from './objectives/objective.ts'
import type { PlainSettings } from './plain-settings.ts'

/** What the best step is chosen by: what was asked for; with class weights, by which all labels are to count alike, macro-F1. */
export function criteriaOf(
  { chooseBy, classWeights }: Pick<PlainSettings, 'chooseBy' | 'classWeights'>,
  { criteria, several }: Pick<Objective, 'criteria' | 'several'>,
): Criteria {
  if (chooseBy !== undefined) return criteriaBy(chooseBy)
  return classWeights === undefined || several ? criteria : criteriaBy('macroF1')
}

/** What the step that is packaged was chosen by first. `several`: whether a text may have several labels. */
export function criterionOf({ settings: { chooseBy, classWeights } }: Pick<PromptCard, 'settings'>, several: boolean): Criterion {
  const asked = possibleCriteria.find((name) => name === chooseBy)
  const weighted = classWeights === undefined ? {} : { classWeights: 'balanced' as const } // whatever the weights are
  return criteriaOf({ ...weighted, ...(asked && { chooseBy: asked }) }, several ? multilabel : classification)[0]
}
