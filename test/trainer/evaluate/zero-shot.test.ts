import { afterAll, expect, test } from 'vitest'
import { floatOutput } from '../../../shared/tensor.ts'
import { scoreZeroShot } from '../../../trainer/evaluate/zero-shot.ts'
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
  const scores = await scoreZeroShot({ opened, frozen }, rows, labels)

  const session = await sessionOf(opened)
  const { vocabulary: V } = opened.card.sizes
  for (const [i, text] of texts.entries()) {
    const feeds = everywhere(feedsOf([text], null, opened))
    const { data } = floatOutput(await session.run(feeds), 'logits') // [T, V]
    const last = (text.length - 1) * V
    expect(relativeError(scores[i]!, labels.map(({ token }) => data[last + token]!))).toBeLessThan(1e-5) // biome-ignore format: one thought
  }
})
