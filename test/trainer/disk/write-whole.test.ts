import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeWhole } from '../../../trainer/disk/write-whole.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const bytes = (text: string) => new TextEncoder().encode(text)

test('a file is written, its folder with it, and one that is there gives way', () => {
  for (const text of ['first', 'and then the second', '']) {
    writeWhole(at('deep/in/file'), bytes(text))
    expect(readFileSync(at('deep/in/file'), 'utf8')).toBe(text)
  }
  expect(readdirSync(at('deep/in'))).toEqual(['file'])
})

test('where it cannot be put in its place, what was there stays, and nothing is left beside', () => {
  mkdirSync(at('taken/place/with'), { recursive: true })
  expect(() => writeWhole(at('taken/place'), bytes('x'))).toThrow()
  expect(readdirSync(at('taken'))).toEqual(['place'])
})

test('it may be written beside another file, whose folder need hold no half of it', () => {
  mkdirSync(at('package'))
  writeWhole(at('package/file'), bytes('x'), at('package.checkpoint'))
  expect(readdirSync(at('package'))).toEqual(['file'])
})

test('a link is replaced, and what it leads to stays', () => {
  writeFileSync(at('aim'), 'kept')
  symlinkSync(at('aim'), at('link'))
  writeWhole(at('link'), bytes('new'))
  expect([readFileSync(at('aim'), 'utf8'), readFileSync(at('link'), 'utf8')]).toEqual(['kept', 'new'])
})
