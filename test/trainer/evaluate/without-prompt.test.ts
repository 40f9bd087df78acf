import { afterAll, expect, test } from 'vitest'
import { floatOutput } from '../../../shared/tensor.ts'
import { scoreWithoutPrompt } from '../../../trainer/evaluate/without-prompt.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { everywhere, feedsOf, useSessions } from '../../fixtures/model-session.ts'
import { checkpointOf, relativeError } from '../../fixtures/reference.ts'

const sessionOf = useSessions()
const opened = await imported(checkpointOf('mha-untied'), 'float32', temporaryFolder())
const frozen = await openFrozen(opened, { threads: 1 })
afterAll(() => frozen.close())
const labels = [7, 250, 3].map((token) => ({ label: `${token}`, verbalizer: `${token}`, token }))

test('the scores are the model’s own logits at the words, after each text’s last token', async () => {
  const texts = [[5, 6, 7], [9], Array.from({ length: 20 }, (_, i) => 10 + i)]
  const rows = texts.map((inputIds) => ({ inputIds, truncated: false }))
  const probe = { labelRows: opened.outputRows([3, 7, 250]), bias: Float32Array.of(0, 1, 2) }
  const { zeroShot: scores, probe: probed } = await scoreWithoutPrompt({ opened, frozen }, rows, { labels, probe })
  expect(probed!.map((row) => Array.from(row))).toEqual(scores.map(([seven = 0, other = 0, three = 0]) => [three, seven + 1, other + 2]))
  expect((await scoreWithoutPrompt({ opened, frozen }, rows, { labels, probe: null })).probe).toBeNull()

  const session = await sessionOf(opened)
  const { vocabulary: V } = opened.card.sizes
  for (const [i, text] of texts.entries()) {
    const feeds = everywhere(feedsOf([text], null, opened))
    const { data } = floatOutput(await session.run(feeds), 'logits') // [T, V]
    const last = (text.length - 1) * V
    expect(relativeError(scores[i]!, labels.map(({ token }) => data[last + token]!))).toBeLessThan(1e-5) // biome-ignore format: one thought
  }
})
