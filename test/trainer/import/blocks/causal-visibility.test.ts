import { describe, expect, test } from 'vitest'
import { decoder } from '../../../../shared/engine/families/decoder.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { causalVisibility } from '../../../../trainer/import/blocks/causal-visibility.ts'
import { decoderInputs } from '../../../../trainer/import/blocks/decoder-interface.ts'
import { behind } from '../../../fixtures/model-session.ts'
import { runBlock } from '../../../fixtures/run-block.ts'

const sizes = { vocabulary: 11, hidden: 6, layers: 1, heads: 2, keyValueHeads: 2, headSize: 2, context: 64 }
const [S, T] = [16, 16]
const lengths = [3, 1, 16]
const pasts = [5, 0, 16]
const rows = lengths.map((length, i) => ({ inputIds: Array.from({ length }, () => 1), positions: i === 2 ? [15, 4] : [length - 1, 0] }))
const prompts = pasts.map((length) => behind(length === 0 ? null : { length, keyValues: new Float32Array(prefixElements(length, sizes)) }))
const feeds = decoder.feeds(rows, prompts, sizes)

/** Whether a position of row b may look at a column of the past and the text. */
const sees = (b: number, position: number, column: number) =>
  column < S ? column < pasts[b]! : column - S <= position && column - S < lengths[b]!

describe.each([
  ['without groups', { heads: 2, keyValueHeads: 2, headSize: 2 }, []],
  ['with groups', { heads: 4, keyValueHeads: 2, headSize: 2 }, [1]],
])('%s', (_, heads, groupAxis) => {
  test('a position sees the known past, and of the text what is known and not after itself', async () => {
    const [text, answers] = await runBlock((b) => {
      const { text, answers } = causalVisibility(b, decoderInputs(b, sizes), heads)
      return [text, answers]
    }, feeds)
    expect(text!.dims).toEqual([3, 1, ...groupAxis, T, S + T])
    expect(answers!.dims).toEqual([3, 1, ...groupAxis, 2, S + T])
    for (let b = 0; b < 3; b++) {
      for (let column = 0; column < S + T; column++) {
        for (let t = 0; t < T; t++) expect(text!.data[(b * T + t) * (S + T) + column]).toBe(sees(b, t, column) ? 0 : -1e9)
        for (const [k, position] of rows[b]!.positions.entries())
          expect(answers!.data[(b * 2 + k) * (S + T) + column]).toBe(sees(b, position, column) ? 0 : -1e9)
      }
    }
  })
})
