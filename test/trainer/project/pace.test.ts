import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPace, writePace } from '../../../trainer/project/pace.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()

test('a pace is there for the next run, and none where none was kept, or what was is damaged', () => {
  const runs = join(folder, 'runs')
  expect(readPace(runs)).toBeNull()
  writePace(runs, 123.5)
  expect(readPace(runs)).toBe(123.5)
  for (const damaged of ['{', '{"examplesPerSecond": -1}', '']) {
    writeFileSync(join(runs, '.softprompt-pace.json'), damaged)
    expect(readPace(runs)).toBeNull()
  }
  mkdirSync(join(folder, 'odd/.softprompt-pace.json'), { recursive: true })
  expect(readPace(join(folder, 'odd'))).toBeNull()
})
