import { expect, test } from 'vitest'
import { criteriaOf, criterionOf } from '../../../trainer/train/criteria-of.ts'
import { classification } from '../../../trainer/train/objectives/classification.ts'
import { multilabel } from '../../../trainer/train/objectives/multilabel.ts'

test('the best step is chosen by what was asked for, else by what suits the labels and their weights', () => {
  expect(criteriaOf({}, classification)).toEqual(['accuracy', 'loss'])
  expect(criteriaOf({}, multilabel)).toEqual(['microF1', 'loss'])
  expect(criteriaOf({ classWeights: 'balanced' }, classification)).toEqual(['macroF1', 'loss'])
  expect(criteriaOf({ classWeights: 'balanced' }, multilabel)).toEqual(['microF1', 'loss'])
  expect(criteriaOf({ classWeights: 'balanced', chooseBy: 'loss' }, classification)).toEqual(['loss'])
})

test('a card says what it was chosen by', () => {
  expect(criterionOf({ settings: {} }, false)).toBe('accuracy')
  expect(criterionOf({ settings: {} }, true)).toBe('microF1')
  expect(criterionOf({ settings: { classWeights: { spam: 3 } } }, false)).toBe('macroF1')
  expect(criterionOf({ settings: { classWeights: { spam: 3 }, chooseBy: 'macroRecall' } }, false)).toBe('macroRecall')
  expect(criterionOf({ settings: { chooseBy: 'a figure of another version' } }, false)).toBe('accuracy')
})
