import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { checkOutput, type FolderKind, replaceFolder } from '../../../trainer/disk/replace-folder.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const kind: FolderKind = { what: 'a recipe', files: ['card.json', 'steps.txt'], card: 'card.json' }
const root = temporaryFolder()
const out = join(root, 'out')
const target = join(out, 'recipe')
beforeEach(() => rmSync(out, { recursive: true, force: true }))

const write = (text: string) => async (folder: string) => {
  writeFileSync(join(folder, 'card.json'), text)
  writeFileSync(join(folder, 'steps.txt'), `${text}, in steps`)
  return text.length
}
const contents = (folder = target) => readFileSync(join(folder, 'card.json'), 'utf8')

describe('what is written', () => {
  test('is there whole, with the folders above it, nothing beside it, and the writer’s value', async () => {
    expect(await replaceFolder(target, kind, write('soup'))).toBe(4)
    expect(readdirSync(target).sort()).toEqual(['card.json', 'steps.txt'])
    expect(readdirSync(out)).toEqual(['recipe'])
  })

  test('takes the place of an empty folder and of one of its kind, and of the files that only that had', async () => {
    mkdirSync(target, { recursive: true })
    await replaceFolder(target, kind, write('soup'))
    await replaceFolder(`${target}/`, kind, async (folder) => writeFileSync(join(folder, 'card.json'), 'cake'))
    expect(contents()).toBe('cake')
    expect(readdirSync(target)).toEqual(['card.json'])
    expect(readdirSync(out)).toEqual(['recipe'])
  })

  test('takes the place of a link, and leaves what that led to', async () => {
    await replaceFolder(join(out, 'elsewhere'), kind, write('soup'))
    symlinkSync('elsewhere', target)
    await replaceFolder(target, kind, write('cake'))
    expect([contents(), contents(join(out, 'elsewhere'))]).toEqual(['cake', 'soup'])
    expect(readdirSync(out).sort()).toEqual(['elsewhere', 'recipe'])
  })

  test('lies beside its target until it is whole', async () => {
    await replaceFolder(target, kind, write('soup'))
    await replaceFolder(target, kind, async (folder) => {
      await write('cake')(folder)
      expect(contents()).toBe('soup')
      expect(readdirSync(out).filter((name) => name !== 'recipe')).toEqual([expect.stringMatching(/^\.recipe-[0-9a-f]{12}\.new$/)])
    })
    expect(contents()).toBe('cake')
  })
})

describe('a writer that fails', () => {
  const failing = (error: unknown) => async (folder: string) => {
    writeFileSync(join(folder, 'card.json'), 'half')
    throw error
  }

  test.each([
    ['by itself', new TypeError('a bug')],
    ['as a user can mend', new SoftPromptError('invalid_data', 'No.')],
  ])('%s leaves what was there, and its own error as it came', async (_, error) => {
    await replaceFolder(target, kind, write('soup'))
    await expect(replaceFolder(target, kind, failing(error))).rejects.toBe(error)
    expect(contents()).toBe('soup')
    expect(readdirSync(out)).toEqual(['recipe'])
  })

  test('on the disk says so as a failure of storage', async () => {
    const full = async (folder: string) => writeFileSync(join(folder, 'missing', 'card.json'), 'x')
    await expect(replaceFolder(target, kind, full)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/^Cannot write a recipe to .*recipe: ENOENT.*Make room, or name another folder with --out\.$/),
    })
    expect(readdirSync(out)).toEqual([])
  })
})

test('a target that became something else meanwhile keeps it, and says so', async () => {
  const late = async (folder: string) => {
    await write('soup')(folder)
    writeFileSync(target, 'a file')
  }
  await expect(replaceFolder(target, kind, late)).rejects.toMatchObject({ code: 'storage' })
  expect(readFileSync(target, 'utf8')).toBe('a file')
  expect(readdirSync(out)).toEqual(['recipe'])
})

describe('checkOutput', () => {
  test('says whether there is a folder to be replaced', () => {
    expect(checkOutput(target, kind)).toBe(false)
    mkdirSync(target)
    expect(checkOutput(target, kind)).toBe(true)
    writeFileSync(join(target, 'card.json'), '')
    expect(checkOutput(target, kind)).toBe(true)
  })

  const refused = (name: string, message: RegExp) =>
    expect(() => checkOutput(name, kind)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }), // biome-ignore format: one thought
    )

  test.each([
    ['anything of another kind', ['notes.txt'], /holds something else \(notes\.txt\), which would be lost/],
    ['anything beside one of its kind', ['card.json', 'notes.txt'], /holds something else \(notes\.txt\)/],
    ['files that are named alike, without the card', ['steps.txt'], /holds something else \(steps\.txt\)/],
  ])('refuses a folder that holds %s', async (_, files, message) => {
    mkdirSync(target, { recursive: true })
    for (const file of files) writeFileSync(join(target, file), 'years of work')
    refused(target, message)
    await expect(replaceFolder(target, kind, write('soup'))).rejects.toMatchObject({ code: 'usage' })
    expect(readdirSync(target).sort()).toEqual(files.toSorted())
  })

  test('refuses a file, what lies under a file, and no name', () => {
    mkdirSync(out)
    writeFileSync(target, 'a file')
    refused(target, /Cannot write a recipe to ".*": a file is there\. Name another folder with --out\./)
    refused(join(target, 'below'), /Cannot write a recipe/)
    refused('', /it is no name of a folder/)
    expect(existsSync(target)).toBe(true)
  })
})
