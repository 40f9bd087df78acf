import { describe, expect, test } from 'vitest'
import { projectReport, type ReportedTask } from '../../../trainer/report/project-report.ts'
import { devOf } from '../../../trainer/train/dev-of.ts'
import { factsFor, severalLabels } from '../../fixtures/report-facts.ts'

const when = '2026-03-04T05:06:07.000Z'
const labels = ['good', 'bad']
const task = (name: string, rest: Partial<ReportedTask> = {}): ReportedTask => ({
  ...{ task: name, facts: factsFor(labels, { task: name }), minimum: { accuracy: 0.7 }, judgedOn: 'test', problem: null, stale: [] },
  ...{ live: undefined, publishing: [`softprompt publish runs/${name}`], ...rest },
})
const live = (accuracy: number | null, dev: string | null = devOf(factsFor(labels).card), prompt = 'b'.repeat(64)) => ({
  ...{ prompt, metrics: accuracy === null ? null : { accuracy }, dev },
})
/** A task's row of the index, without its tags. */
const rowOf = (html: string, name: string) => {
  const row = [...html.matchAll(/<tr role="row">(.*?)<\/tr>/gs)].find(([text]) => text.includes(`<bdi>${name}</bdi>`))
  return row![1]!.replaceAll(/<(title|desc)[^>]*>.*?<\/\1>/gs, '').replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').trim() // biome-ignore format: one thought
}

describe('the report of a project', () => {
  test('has a row for each task: its result, its figures beside the minimum, what is live, when it was trained', async () => {
    const html = await projectReport('softprompt.config.yaml', when, [
      task('first'),
      task('second', { problem: 'accuracy 0.600 on test is below 0.7', live: live(0.75) }),
      task('third', { facts: null, problem: 'it has no package', stale: ['no package yet'], live: null }),
      task('fourth', {
        minimum: {},
        judgedOn: 'dev',
        stale: ['the settings changed'],
        live: live(0.9, devOf({ ...factsFor(labels).card, settings: { seed: 1 } })),
      }),
      task('fifth', { live: live(0.8, null, 'a'.repeat(64)) }),
      task('sixth', { live: live(null) }),
    ])
    expect(html).toContain('<h1>4 of 6 tasks pass</h1>')
    expect(html).toContain('2 not up to date')
    expect(html).toContain('1 live in this version')
    expect(rowOf(html, 'first')).toMatch(
      /first Try more steps\. ✓ passed 0\.\d{3} test; dev 0\.800 minimum: accuracy 0\.7 no store was asked 2026-03-04 05:08 UTC/,
    )
    expect(rowOf(html, 'second')).toMatch(
      /✗ missed accuracy 0\.600 on test is below 0\.7 .* \+5\.0 points on dev, 0\.750 is live bbbbbbbbbbbb/,
    )
    expect(rowOf(html, 'third')).toBe('third ✗ no package it has no package Not up to date: no package yet – nothing is live –')
    expect(rowOf(html, 'fourth')).toMatch(
      /no minimum Not up to date: the settings changed 0\.800 dev −10\.0 points on dev, 0\.900 is live, measured on another dev/,
    )
    expect(rowOf(html, 'fifth')).toContain('this package is live')
    expect(rowOf(html, 'sixth')).toContain('another version is live')
  })

  test('tells of micro-F1 where texts may have several labels', async () => {
    const facts = factsFor(labels, { answer: severalLabels(labels.length) })
    const card = { ...facts.card, metrics: { ...facts.card.metrics, microF1: 0.85 } }
    const html = await projectReport('p.yaml', when, [
      task('many', { facts: { ...facts, card }, live: { ...live(null, devOf(card)), metrics: { accuracy: 0.3, microF1: 0.8 } } }),
    ])
    expect(rowOf(html, 'many')).toMatch(/ 0\.\d{3} micro-F1 on test; dev 0\.850 .* \+5\.0 points of micro-F1 on dev, 0\.800 is live/)
    expect(html).toContain('Micro-F1 of many on test')
  })

  test('has each task folded below, where the index leads to', async () => {
    const html = await projectReport('p.yaml', when, [task('first'), task('second')])
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(targets).toEqual(['task-0', 'task-1'])
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual(expect.arrayContaining(targets))
    expect(new Set(ids).size).toBe(ids.length)
    expect(html.match(/<details class="task panel">/g)).toHaveLength(2)
    expect(html).toContain('softprompt publish runs/second')
  })

  test('takes hostile names, reasons and files for text', async () => {
    const hostile = '</script><img src=x onerror=alert(1)>'
    const html = await projectReport(hostile, when, [task(hostile, { problem: hostile, stale: [hostile], live: live(0.5, null, hostile) })])
    expect(html).not.toContain('<img')
    expect(html).not.toContain('</script>')
  })
})
