import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../../trainer/disk/make-folder.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

test('a folder is made with those above it, and one that is there stays as it is', () => {
  makeFolder(at('a/b/c'))
  writeFileSync(at('a/b/file'), '')
  for (const name of ['a/b/c', 'a/b', '/']) makeFolder(name === '/' ? name : at(name))
  makeFolder(relative('', at('a/b/d')))
  expect(readdirSync(at('a/b'))).toEqual(['c', 'd', 'file'])
})

test('where none can be made it says so, and tries no more', () => {
  writeFileSync(at('taken'), '')
  symlinkSync(at('nowhere'), at('link'))
  mkdirSync(at('here'))
  for (const [name, wanted] of [
    [at('taken'), /EEXIST/],
    [at('taken/a/b'), /ENOTDIR/],
    [at('link/a'), /EEXIST|ENOENT/],
    ['/proc/nope/x', /ENOENT.*mkdir '.proc.nope'|EACCES|EPERM|EROFS/],
    ['', /ENOENT/],
  ] as const)
    expect(() => makeFolder(name)).toThrow(wanted)
})
