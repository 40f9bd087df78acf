import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { labelScores, softmax } from '../../../shared/engine/scores.ts'
import { prefixElements } from '../../../shared/formats/prefix.ts'
import { readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt, type Wanted } from '../../fixtures/random-prompt.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
const directory = join(folder, 'model')
const card = await writeSmallModel(directory)
const frozen = await openFrozen(openModel(directory), { threads: 1 })
afterAll(() => frozen.close())
const { hidden: H } = card.sizes

const filesOf = (wanted: Omit<Wanted, 'task'> = {}) => randomPrompt(card, { task: 'spam', ...wanted })
const load = async (changes: Wanted['card'] = {}, maxRowTokens?: number) =>
  Prompt.load(await filesOf({ card: changes }), 'prompt x', frozen, maxRowTokens)

describe('a loaded prompt', () => {
  test('of kind table is the keys and values that the model makes of it', async () => {
    const files = await filesOf()
    const { stored } = await readPromptPackage(files, card, 'x')
    const prompt = await Prompt.load(files, 'x', frozen)
    expect(prompt.ready.fed).toEqual({ kind: 'prefix', prefix: stored.kind === 'table' && (await frozen.compile(stored.table)) })
    expect(prompt.length).toBe(5)
    expect(prompt.ready.readout).toBe('last')
  })

  test('of kind prefix is what is stored', async () => {
    const files = await filesOf({ card: { kind: 'prefix' } })
    const { stored, labelRows, bias } = await readPromptPackage(files, card, 'x')
    const prompt = await Prompt.load(files, 'x', frozen)
    expect(prompt.ready.fed).toEqual(stored)
    expect([prompt.labelRows, prompt.bias]).toEqual([labelRows, bias])
    expect(prompt.bytes).toBeGreaterThanOrEqual(4 * (prefixElements(5, card.sizes) + labelRows.length + bias.length))
  })

  test('of no virtual tokens answers as the model alone does under its label rows', async () => {
    const prompt = await load({ virtualTokens: 0, positionOffset: 0 })
    const row = prompt.row('Hello')
    const [alone] = await frozen.hidden([row], [frozen.unprompted])
    const [behind] = await frozen.hidden([row], [prompt.ready])
    expect(prompt.scores(behind!)).toEqual(labelScores(alone!, prompt))
  })

  test('puts a text into its template, behind the model’s bos', async () => {
    const prompt = await load({ template: 'Q: {text} A:' })
    expect(prompt.row('Hi')).toEqual({ inputIds: [0, ...frozen.encode('Q: Hi A:')], truncated: false })
  })

  test('makes probabilities of scores by its answer’s temperature', async () => {
    const prompt = await load({ answer: { type: 'softmax', version: 1, temperature: 4 } })
    expect(prompt.rule.temperature).toBe(4)
    expect(prompt.probabilities([3, -1])).toEqual(softmax([3, -1], 4))
  })

  test('has rows as long as its card allows, or as the server does where that is less', async () => {
    const long = 'x'.repeat(300)
    const allowed = await load({ maxTokens: 64 })
    expect(allowed.row(long)).toMatchObject({ truncated: true, inputIds: { length: 64 } })
    expect(allowed.shortened).toBe(false)
    expect((await load({ maxTokens: 64 }, 64)).shortened).toBe(false)
    const shortened = await load({ maxTokens: 64 }, 32)
    expect(shortened.shortened).toBe(true)
    expect(shortened.row(long)).toMatchObject({ truncated: true, inputIds: { length: 32 } })
  })

  test('passes on what is odd but allowed', async () => {
    const base = { hash: card.baseHash, name: card.name, weights: card.weights, graphVersion: card.graphVersion + 1 }
    expect((await load({ base })).warnings).toEqual([expect.stringContaining('graph version')])
    expect((await load()).warnings).toEqual([])
  })

  test('that gives scores which are no numbers says so', async () => {
    const prompt = await load()
    expect(() => prompt.scores(new Float32Array(H).fill(Number.NaN))).toThrow(
      expect.objectContaining({ code: 'invalid_prompt', message: expect.stringMatching(/prompt spam: it gives a score of NaN/) }),
    )
  })
})

describe('is refused by name', () => {
  test.each<[string, Wanted['card'], string, RegExp]>([
    [
      'a readout that the family has not',
      { readout: 'mean' },
      'unsupported',
      /prompt x into model small, a decoder: its readout is mean, and last are supported/,
    ],
    [
      'a position that texts can not begin at',
      { positionOffset: 4 },
      'unsupported',
      /begin at position 4, and behind 5 virtual tokens they may begin at 5/,
    ],
    ['an answer that is not known', { answer: { type: 'tanh', version: 1 } }, 'unsupported', /prompt x: its answer is of type tanh/],
    [
      'a prompt of another base',
      { base: { hash: 'b'.repeat(64), name: 'large', weights: 'int8', graphVersion: 1 } },
      'base_mismatch',
      /prompt x/,
    ],
    [
      'a template that leaves no room for a text',
      { template: `${'x'.repeat(70)}{text}`, maxTokens: 64 },
      'invalid_prompt',
      /Cannot use template/,
    ],
  ])('%s', async (_, changes, code, message) => {
    // biome-ignore format: a table
    await expect(load(changes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('rows that the server makes too short for the template', async () => {
    await expect(load({ template: `${'x'.repeat(40)}{text}`, maxTokens: 64 }, 32)).rejects.toMatchObject({ code: 'invalid_prompt' })
  })
})

describe('an encoder', async () => {
  const encoder = await openFrozen(await imported(checkpointOf('minilm-st'), 'float32', folder), { threads: 1 })
  afterAll(() => encoder.close())
  const labels = ['no', 'yes'].map((label, index) => ({ label, verbalizer: label, token: 30 + index }))
  const loadInto = async (changes: Wanted['card']) => {
    const files = await randomPrompt(encoder.card, { task: 'spam', card: { labels, maxTokens: 32, ...changes } })
    return { prompt: await Prompt.load(files, 'prompt x', encoder), stored: (await readPromptPackage(files, encoder.card, 'x')).stored }
  }

  test.each<[string, Wanted['card']]>([
    ['a table, which sees the text and is never compiled', { kind: 'table' }],
    ['a prefix, which has no positions', { kind: 'prefix' }],
    ['a prefix that the positions count, as PEFT makes it', { kind: 'prefix', positionOffset: 5 }],
    ['one that is read at its first position', { kind: 'table', readout: 'first' }],
  ])('is fed what is stored: %s', async (_, changes) => {
    const { prompt, stored } = await loadInto(changes)
    const { positionOffset = changes?.kind === 'table' ? 5 : 0, readout = 'mean' } = changes ?? {}
    expect(prompt.ready).toEqual({ fed: stored, positionOffset, readout })
  })

  const counted = 'they may begin at'
  test.each<[string, Wanted['card'], string, string]>([
    ['a readout of another family', { readout: 'last' }, 'unsupported', 'its readout is last, and mean, first are supported here'],
    ['a table whose text has the positions of its virtual tokens', { positionOffset: 0 }, 'unsupported', `virtual tokens ${counted} 5`],
    [
      'a prefix counted in part',
      { kind: 'prefix', positionOffset: 3 },
      'unsupported',
      `begin at position 3, and behind 5 virtual tokens ${counted} 0 or 5`,
    ],
    [
      'a row of more tokens than there are positions',
      { kind: 'prefix', maxTokens: 65 },
      'invalid_prompt',
      "rows of 65 tokens, which begin at position 0, need more than the model's 64",
    ],
    [
      'a row that virtual tokens push out of the positions',
      { maxTokens: 60 },
      'invalid_prompt',
      "rows of 60 tokens, which begin at position 5, need more than the model's 64",
    ],
  ])('refuses %s', async (_, changes, code, message) => {
    await expect(loadInto(changes)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('takes rows that fill all its positions', async () => {
    for (const changes of [
      { kind: 'prefix', maxTokens: 64 },
      { kind: 'table', maxTokens: 59 },
    ] as const) {
      const { prompt } = await loadInto(changes)
      const row = prompt.row('a b c d e f g h '.repeat(20))
      expect(row).toMatchObject({ truncated: true, inputIds: { length: changes.maxTokens } })
      const [hidden] = await encoder.hidden([row], [prompt.ready])
      expect(prompt.scores(hidden!).every(Number.isFinite)).toBe(true)
    }
  })
})
