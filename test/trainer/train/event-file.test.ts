import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { evaluationOf } from '../../../trainer/evaluate/evaluation.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { EventFile, readEvents } from '../../../trainer/train/event-file.ts'
import type { EventLine } from '../../../trainer/train/event-line.ts'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import type { TrainingState } from '../../../trainer/train/state.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const step = (done: number): TrainingEvent => ({
  ...{ type: 'step', step: done, steps: 6, loss: 1 / done, dev: null, examplesPerSecond: 9.5, secondsLeft: 1 },
})
const data: TrainingEvent = { type: 'data', labels: 2, train: 8, dev: 4, heldOut: true }
const last: EventLine = {
  ...{ type: 'package', when: '2026-01-02T03:04:05.678Z', prompt: 'a'.repeat(64), bytes: 9, method: 'prefix', steps: 6, bestStep: 4 },
  ...{ temperature: 1, verdict: ['good', 'nothing', 'publish'], baselines: {}, overProbe: null, learnedFrom: [4, 4] },
  evaluation: evaluationOf(predictionsOf([[1, 0]], [0], 2), ['a', '</script>\n\u2028\ud800'], undefined, { texts: ['x'] }),
}
/** A file of a run that was killed when `steps` steps were done. */
function killed(name: string, steps: number, run = 'this run'): string {
  const file = new EventFile(at(name), 'task')
  file.add(data)
  file.begin(run, 0, at(name))
  for (let done = 1; done <= steps; done++) file.add(step(done))
  file.close()
  return at(name)
}
const told = (path: string) => readEvents(path)!.map((line) => ('step' in line ? `${line.type} ${line.step}` : line.type))

test('a run is a line an event, states left out, and what is read back is what was told', () => {
  const file = new EventFile(at('whole'), 'task')
  file.add(data)
  expect(existsSync(at('whole'))).toBe(false) // nothing that a later run would need
  expect(file.begin('this run', 0, at('whole'))).toBe(null)
  file.add(step(1))
  file.add({ type: 'state', state: {} as TrainingState })
  file.add({ type: 'warning', message: 'a\nb' })
  writeFileSync(at('copy'), file.ended(last))
  file.close()
  const lines = readEvents(at('copy'))!
  expect(lines.map(({ type }) => type)).toEqual(['run', 'data', 'learning', 'step', 'warning', 'package'])
  expect(lines[0]).toMatchObject({ format: 'softprompt-events', version: 1, task: 'task' })
  expect(lines[3]).toEqual({ type: 'step', step: 1, steps: 6, loss: 1, examplesPerSecond: 9.5 })
  expect(lines.at(-1)).toEqual(JSON.parse(JSON.stringify(last)))
  file.remove()
  expect(existsSync(at('whole'))).toBe(false)
})

test('one that something else has removed is an error, and no empty file', () => {
  const file = new EventFile(at('removed'), 'task')
  file.begin('this run', 0, at('removed'))
  rmSync(at('removed'))
  expect(() => file.ended(last)).toThrow(/Cannot read .*removed: it was removed while a training wrote to it/)
  file.close()
})

test('what is learned without a step is told as well', () => {
  const file = new EventFile(at('probe'), 'task')
  file.add(data)
  writeFileSync(at('probe-copy'), file.ended(last))
  expect(told(at('probe-copy'))).toEqual(['run', 'data', 'package'])
})

test('a run that goes on appends to what was before its state, and no step is there twice', () => {
  const path = killed('resumed', 5)
  const file = new EventFile(path, 'task')
  file.add(data)
  file.begin('this run', 3, path)
  file.add(step(4))
  file.close()
  expect(told(path)).toEqual(['run', 'data', 'learning 0', 'step 1', 'step 2', 'step 3', 'learning 3', 'step 4'])
  const again = new EventFile(path, 'task')
  again.begin('this run', 4, path)
  again.close()
  expect(told(path)).toEqual(['run', 'learning 0', 'step 1', 'step 2', 'step 3', 'learning 3', 'step 4', 'learning 4'])
})

test('a run that begins anew, or goes on where the file is of another run, leaves nothing of that', () => {
  for (const [run, from] of [
    ['this run', 0],
    ['another run', 3],
  ] as const) {
    const path = killed(`anew-${from}`, 5)
    const file = new EventFile(path, 'task')
    expect(file.begin(run, from, path)).toBe(null)
    file.close()
    expect(told(path)).toEqual(['run', `learning ${from}`])
  }
})

test('a last line that was cut off is left out, wherever the kill cut it', () => {
  const path = killed('cut', 2)
  const whole = readFileSync(path)
  const lastLine = whole.subarray(0, -1).lastIndexOf('\n') + 1
  for (let length = lastLine; length < whole.length; length++) {
    writeFileSync(at('cut-off'), whole.subarray(0, length))
    expect(told(at('cut-off'))).toEqual(['run', 'data', 'learning 0', 'step 1'])
  }
  const file = new EventFile(at('cut-off'), 'task')
  file.begin('this run', 1, at('cut-off'))
  file.add(step(2))
  file.close()
  expect(told(at('cut-off'))).toEqual(['run', 'learning 0', 'step 1', 'learning 1', 'step 2'])
})

test('what a later version adds is passed over, and its version is refused by name', () => {
  const path = killed('later', 1)
  appendFileSync(path, '{"type":"holiday","days":3}\n{"type":"warning","message":"m","code":7}\n')
  expect(readEvents(path)!.slice(-2)).toEqual([expect.objectContaining({ type: 'step' }), { type: 'warning', message: 'm' }])
  writeFileSync(path, readFileSync(path, 'utf8').replace('"version":1', '"version":2'))
  expect(() => readEvents(path)).toThrow(/later, line 1: field version is wrong: it is 2, and version 1 is read here/)
})

test.each([
  ['no JSON', 'nonsense\n', /bad, line 4: it is not JSON/],
  ['a wrong field', '{"type":"step","step":-1,"steps":6,"loss":1,"examplesPerSecond":1}\n', /bad, line 4: field step is wrong/],
  ['no type', '7\n', /bad, line 4/],
])('%s in the middle is told with its line, and a run that goes on says what it loses', (_, text, message) => {
  const path = killed('bad', 0)
  appendFileSync(path, `${text}{"type":"warning","message":"behind it"}\n`)
  expect(() => readEvents(path)).toThrow(message)
  const file = new EventFile(path, 'task')
  expect(file.begin('this run', 3, path)).toMatch(/^what was told of the steps before is lost: Cannot read .*bad, line 4/)
  file.close()
  expect(told(path)).toEqual(['run', 'learning 3'])
})

test('a file without its first line, or of none, is no event file; and there may be none', () => {
  writeFileSync(at('headless'), '{"type":"warning","message":"m"}\n')
  expect(() => readEvents(at('headless'))).toThrow(/line 1: it does not say which format/)
  writeFileSync(at('empty'), '')
  expect(() => readEvents(at('empty'))).toThrow(/it has no line/)
  expect(readEvents(at('absent'))).toBe(null)
})

test('a place that cannot be written to is told', () => {
  mkdirSync(at('taken'))
  const file = new EventFile(at('taken'), 'task')
  expect(() => file.begin('this run', 0, at('taken'))).toThrow(
    expect.objectContaining({ code: 'storage', message: expect.stringContaining('taken') }),
  )
})

test('who goes on from a run that was killed behind its end tells of the end once', () => {
  const path = killed('behind', 6)
  const ended = { type: 'ended', step: 6, steps: 6, bestStep: 4, patience: 5 }
  appendFileSync(path, `${JSON.stringify(ended)}\n`) // as a version wrote it that did not stop early
  expect(readEvents(path)!.at(-1)).toEqual({ ...ended, learned: false })
  const file = new EventFile(path, 'task')
  file.begin('this run', 6, path)
  file.add({ ...ended, type: 'ended', learned: true })
  file.close()
  expect(told(path).filter((line) => line.startsWith('ended'))).toEqual(['ended 6'])
  expect(readEvents(path)!.at(-1)).toMatchObject({ type: 'ended', learned: true })
})
