import { describe, expect, test } from 'vitest'
import { packageReport } from '../../../trainer/report/package-report.ts'
import { factsFor, severalLabels, withholding } from '../../fixtures/report-facts.ts'

const labels = ['billing', 'refund', 'bug']
const hostile = `</script></style><img src=x onerror=alert(1)>"'\`&lt;\u202e\u0000-->`
/** What of a page is no text: its tags. */
const tagsOf = (html: string) => [...html.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name]) => name!.toLowerCase())

describe('the report of a package', () => {
  test('says all that is known of it', async () => {
    const html = await packageReport(factsFor(labels), ['npx softprompt publish runs/kinds'])
    const wanted = [
      ...['It is good.', 'Taken for another: billing.', 'Try more steps.', 'method prefix, 4 virtual tokens', '2026-03-04 05:08 UTC'],
      ...['this prompt', 'linear probe', 'zero-shot', 'most frequent label', '0.750', '0.628–0.842'],
      ...[
        'Loss by step',
        'Accuracy on dev by step',
        'best: step 10',
        'It was stopped and went on behind step 5. Stopped early at step 20 of 60: the examples are learned (--min-loss).',
        'held out of the same file',
      ],
      ...['Reliability diagram', 'Expected calibration error', 'Risk–coverage curve', 'Confusion matrix', 'label in doubt'],
      ...['npx softprompt publish runs/kinds', 'a'.repeat(64), 'All settings', 'In detail, on dev'],
      ...labels,
    ]
    expect(wanted.filter((said) => !html.includes(said))).toEqual([])
  })

  test('runs nothing and asks for nothing, and its policy would let nothing through', async () => {
    const html = await packageReport(factsFor(labels), ['publish'])
    expect(html).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'">/,
    )
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<object|\son\w+=|\sstyle=|url\(|@import|javascript:/i)
    expect([...html.matchAll(/(?:href|src)="([^"]*)"/g)].filter(([, to]) => !to!.startsWith('#'))).toEqual([])
  })

  test('has each id once, and every picture has a name and a description that are there', async () => {
    const html = await packageReport(factsFor(labels), ['publish'])
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const pictures = [...html.matchAll(/<svg [^>]*>/g)].map(([tag]) => tag)
    expect(pictures.length).toBeGreaterThan(8)
    for (const tag of pictures) {
      expect(tag).toContain('role="img"')
      for (const id of /aria-labelledby="([^"]+)"/.exec(tag)![1]!.split(' ')) expect(ids).toContain(id)
    }
    expect(html).not.toContain('NaN')
    expect(html).not.toContain('undefined')
    expect(html).not.toContain('[object')
  })

  test('takes what is hostile in labels, texts, names and commands for text', async () => {
    const plain = await packageReport(factsFor(labels), ['publish'])
    const html = await packageReport(factsFor([hostile, `${hostile}2`, 'bug'], { task: hostile, text: hostile }), [`publish ${hostile}`])
    expect(tagsOf(html)).toEqual(tagsOf(plain))
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(html).not.toContain('\u202e') // turns the writing around
    expect(html).not.toContain('\u0000')
  })

  test('of a thousand labels is small, with the hardest labels and the pairs first', async () => {
    const many = Array.from({ length: 1024 }, (_, c) => `label number ${c}`)
    const html = await packageReport(factsFor(many, { N: 3000 }), ['publish'])
    expect(html.length).toBeLessThan(2 ** 21)
    expect(html).toContain('The 24 of 1024 labels with the lowest F1')
    expect(html).toContain('What is taken for what')
    expect(html).toMatch(/These are the 20 most frequent of \d+ pairs/)
  }, 60_000)

  test('of several labels a text counts those that are all just right, and has no confusion', async () => {
    const html = await packageReport(factsFor(labels, { answer: severalLabels(labels.length) }), ['publish'])
    const wanted = ['all labels right', 'micro-F1', 'Micro-F1 on dev by step', 'Texts whose labels are all just right,', 'given from', '0.900', ' + ', 'A dot for labels'] // biome-ignore format: one list
    expect(wanted.filter((said) => !html.includes(said))).toEqual([])
    for (const said of ['Confusion matrix', 'Risk–coverage', 'NaN', 'undefined']) expect(html).not.toContain(said)
  })

  test('of one that withholds answers says what its thresholds come to', async () => {
    const facts = factsFor(labels, { answer: withholding(labels.length) })
    const html = await packageReport({ ...facts, card: { ...facts.card, settings: { chooseBy: 'macroF1' } } }, ['publish'])
    expect(html).toMatch(/Under its thresholds \d+\.\d % of the texts are answered, of which \d+\.\d % are right; the others get null\./)
    expect(html).toContain('The ring is what the thresholds of the package come to.')
    expect(html).toContain('never')
    expect(html).toContain('Macro-F1 on dev by step')
  })

  test.each<[Record<string, unknown>, ...string[]]>([
    [{ classWeights: 'balanced' }, 'Macro-F1 on dev by step', 'chosen by macro-F1 on dev', 'It is best at step 10, where it is 0.650.'],
    [
      { classWeights: { billing: 2 }, chooseBy: 'macroRecall' },
      'Macro recall on dev by step',
      'chosen by macro recall',
      'best at step 10, where it is 0.550',
    ],
    [
      { chooseBy: 'loss' },
      'Accuracy on dev by step',
      'chosen by loss on dev',
      'on dev it is 0.600 then. It is best at step 10, where it is 0.600.',
    ],
    [{ chooseBy: 'toString' }, 'Accuracy on dev by step', 'chosen by accuracy on dev', 'It is best at step 10, where it is 0.700.'],
  ])('draws what chose the best step: %j', async (settings, ...wanted) => {
    const facts = factsFor(labels)
    const evaluations = facts.training!.evaluations.map((each) => ({
      ...each,
      metrics: { ...each.metrics, macroF1: 0.65, macroRecall: 0.55 },
    }))
    const html = await packageReport({ ...facts, card: { ...facts.card, settings }, training: { ...facts.training!, evaluations } }, ['p'])
    expect(wanted.filter((said) => !html.includes(said))).toEqual([])
    expect(html.match(/>best: step 10</g)).toHaveLength(1)
  })

  test('has what else answers the examples that it was measured on, the probe but where it is that itself', async () => {
    const facts = factsFor(labels)
    const interval = { low: 0.512, high: 0.713 }
    const baselines = { probe: { accuracy: 0.613, interval }, zeroShot: { accuracy: 0.314, interval } }
    const measured = [{ ...facts.measured[0]!, baselines }]
    const html = await packageReport({ ...facts, measured }, ['publish'])
    for (const said of ['0.613', '0.512–0.713', '0.314']) expect(html).toContain(said)
    const probe = await packageReport({ ...facts, measured, card: { ...facts.card, virtualTokens: 0 } }, ['publish'])
    expect(probe).not.toContain('0.613')
  })

  test('says what is missing of one without events, and shows what its card knows', async () => {
    const { training: _, ...facts } = factsFor(labels)
    const html = await packageReport({ ...facts, training: null, measured: [], missing: 'There are no events.' }, ['publish'])
    expect(html).toContain('There are no events. So there is no verdict')
    expect(html).toContain('0.750')
    expect(html).not.toContain('Loss by step')
  })

  test('of a probe, of an evaluation of an earlier version, and of one in which all is right', async () => {
    const facts = factsFor(labels)
    const { riskCoverage: _, mistakes: __, ...earlier } = facts.measured[0]!.evaluation
    const old = await packageReport({ ...facts, measured: [{ on: 'test', evaluation: earlier, baselines: {} }] }, ['publish'])
    expect(old).toContain('They were not written down when this was measured.')
    const training = { ...facts.training!, steps: [], evaluations: [], ended: null, resumedAt: [], warnings: [] }
    const card = { ...facts.card, virtualTokens: 0, method: 'probe' }
    const probe = await packageReport({ ...facts, card, training }, ['publish'])
    expect(probe).toContain('a linear probe, on a text in int8')
    expect(probe).toContain('It was fitted at once, without steps.')
    const perfect = { ...earlier, confusion: [[2, 0, 0], [0, 2, 0], [0, 0, 2]], mistakes: [] } // biome-ignore format: a matrix
    const right = await packageReport(
      { ...facts, training: null, missing: '', measured: [{ on: 'test', evaluation: perfect, baselines: {} }] },
      ['publish'],
    )
    expect(right).toContain('No label is taken for another.')
    expect(right).toContain('Every answer is right.')
  })
})
