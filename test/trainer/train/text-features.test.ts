import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { readRows } from '../../../trainer/evaluate/score.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { TextFeatures } from '../../../trainer/train/text-features.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
await writeSmallModel(join(folder, 'model'))
const model = await openFrozen(openModel(join(folder, 'model')), { threads: 1 })
afterAll(() => model.close())

const rows = (...lists: number[][]) => lists.map((inputIds) => ({ inputIds }))
const never = new AbortController().signal
/** Counts the rows that the model reads while `work` lasts. */
async function rowsRead(work: () => Promise<unknown>): Promise<number> {
  const hidden = vi.spyOn(model, 'hidden')
  await work()
  const count = hidden.mock.calls.reduce((sum, [batch]) => sum + batch.length, 0)
  hidden.mockRestore()
  return count
}

describe('features of texts', () => {
  test('are what the model makes of each without a prompt, in the order given', async () => {
    const wanted = rows([1, 2, 3], [4], [1, 2, 3], [5, 6])
    const features = await new TextFeatures(model).of(wanted, never)
    const alone = await Promise.all(wanted.map(async (row) => (await readRows(model, [row], model.unprompted))[0]!))
    for (const [n, own] of alone.entries()) expect(Array.from(features[n]!)).toEqual(Array.from(own)) // bit for bit
    expect(await new TextFeatures(model).of([], never)).toEqual([])
  })

  test('are computed once for all who ask, at the same time or later', async () => {
    const features = new TextFeatures(model)
    const [one, other] = [rows([1, 2], [3], [1, 2]), rows([3], [4])]
    expect(await rowsRead(() => Promise.all([features.of(one, never), features.of(other, never)]))).toBe(3)
    expect(await rowsRead(() => features.of(other, never))).toBe(0)
  })

  test('can be asked for by others where one stops', async () => {
    const features = new TextFeatures(model)
    const stopped = features.of(rows([7]), AbortSignal.abort())
    const other = features.of(rows([7]), never)
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    expect(await other).toHaveLength(1)
  })
})
