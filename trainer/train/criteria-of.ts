import { type Criterion, criteriaBy } from '../evaluate/better.ts'
import type { Objective } from './objectives/objective.ts'
import type { PlainSettings } from './plain-settings.ts'

/** What the best step is chosen by: what was asked for; with class weights, by which all labels are to count alike, macro-F1. */
export function criteriaOf(
  { chooseBy, classWeights }: Pick<PlainSettings, 'chooseBy' | 'classWeights'>,
  { criteria, several }: Pick<Objective, 'criteria' | 'several'>,
): readonly Criterion[] {
  if (chooseBy !== undefined) return criteriaBy(chooseBy)
  return classWeights === undefined || several ? criteria : criteriaBy('macroF1')
}
