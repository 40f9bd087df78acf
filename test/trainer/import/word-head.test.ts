import { afterAll, expect, test } from 'vitest'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { wordHead } from '../../../trainer/import/word-head.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'

const opened = await imported(checkpointOf('mha-untied'), 'float32', temporaryFolder())
const frozen = await openFrozen(opened, { threads: 1 })
afterAll(() => frozen.close())

test('labels are scored by the output layer’s rows at their words, without a bias', async () => {
  const labels = [7, 250, 3].map((token) => ({ label: `${token}`, verbalizer: `${token}`, token }))
  const { labelRows, bias } = await wordHead({ opened, frozen }, labels)
  expect(labelRows).toEqual(opened.outputRows([7, 250, 3]))
  expect(Array.from(bias)).toEqual([0, 0, 0])
})
