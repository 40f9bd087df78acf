import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EvaluationRecord } from '../../trainer/evaluate/evaluation.ts'
import { EventLine } from '../../trainer/train/event-line.ts'
import { root } from '../fixtures/root.ts'

const page = readFileSync(join(root, 'docs/reports.md'), 'utf8')
const [, events = '', evaluation = ''] = page.split(/^### /m)

test('every type of line of events.jsonl is described, with every field', () => {
  for (const { shape } of EventLine.options) {
    const type = shape.type.value
    const row = events.split('\n').find((line) => line.startsWith(`| \`${type}\` |`))
    expect(row, type).toBeDefined()
    const where = type === 'package' ? events.slice(events.indexOf('`package` tells')) : row!
    expect(
      Object.keys(shape).filter((field) => field !== 'type' && !where.includes(`\`${field}\``)),
      type,
    ).toEqual([])
  }
})

test('every field of an evaluation is described', () => {
  const rows = [...evaluation.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field)
  expect(rows).toEqual(Object.keys(EvaluationRecord.shape))
})
