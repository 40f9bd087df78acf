import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { ownerOf } from '../../../trainer/disk/owner.ts'
import { checkOutput, type FolderKind, replaceFolder } from '../../../trainer/disk/replace-folder.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { endedOwner, runningOwner } from '../../fixtures/owners.ts'

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
      expect(readdirSync(out).filter((name) => name !== 'recipe')).toEqual([
        expect.stringMatching(/^\.recipe-[0-9a-f]{8}-\d+-\d+-[0-9a-f]{6}\.new$/),
      ])
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

describe('what was left beside the target', () => {
  /** Makes a folder as a process that had this owner's name would have. */
  const leave = (owner: string, end: string, files: Record<string, string> = { 'card.json': 'half' }) => {
    const folder = join(out, `.recipe-${owner}-0a1b2c.${end}`)
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return folder
  }

  test('by a process that has ended goes with the next run', async () => {
    const owner = await endedOwner()
    leave(owner, 'new')
    leave(owner, 'new', {})
    await replaceFolder(target, kind, write('soup'))
    leave(owner, 'old', { 'card.json': 'older' })
    await replaceFolder(target, kind, write('cake'))
    expect(readdirSync(out)).toEqual(['recipe'])
    expect(contents()).toBe('cake')
  })

  test('comes back where the process ended before another folder was in its place', async () => {
    const owner = await endedOwner()
    leave(owner, 'old', { 'card.json': 'older' })
    leave(owner, 'new')
    expect(checkOutput(target, kind)).toBe(true)
    expect(contents()).toBe('older')
    expect(readdirSync(out)).toEqual(['recipe'])
  })

  test('stays where something else is in its place by now', async () => {
    const older = leave(await endedOwner(), 'old', { 'card.json': 'older' })
    mkdirSync(target)
    writeFileSync(join(target, 'notes.txt'), 'years of work')
    expect(() => checkOutput(target, kind)).toThrow(/holds something else/)
    expect(contents(older)).toBe('older')
  })

  test('by a process that is running stays: this one or another', async () => {
    await replaceFolder(target, kind, write('older'))
    const { owner, end } = await runningOwner()
    const kept = [leave(owner, 'new'), leave(owner, 'old'), leave(ownerOf(), 'new')]
    await replaceFolder(target, kind, async (folder) => {
      await replaceFolder(target, kind, write('soup')) // another run of the same command, in the middle of the first
      await write('cake')(folder)
    })
    expect(contents()).toBe('cake')
    for (const folder of kept) expect(existsSync(folder), folder).toBe(true)
    await end()
    expect(checkOutput(target, kind)).toBe(true)
    expect(kept.map((folder) => existsSync(folder))).toEqual([false, false, true])
  })

  test('of which that is not certain stays', async () => {
    const owner = await endedOwner()
    const [place, pid] = owner.split('-')
    leave(`0badcafe-${pid}-1`, 'new') // on another machine
    leave(owner, 'tmp')
    leave(`${place}-${pid}`, 'new')
    leave(`x${owner}`, 'new')
    writeFileSync(join(out, `.recipe-${owner}-0a1b2c.new`), 'a file of that name')
    const own = join(out, `.recipe-${owner}-ffffff.new`)
    mkdirSync(own)
    writeFileSync(join(own, 'notes.txt'), 'years of work')
    const before = readdirSync(out)
    await replaceFolder(target, kind, write('soup'))
    expect(readdirSync(out)).toEqual([...before, 'recipe'].toSorted())
  })

  test('by a process whose id another one has now goes', async () => {
    const [place, pid] = ownerOf().split('-')
    const folder = leave(`${place}-${pid}-1`, 'new')
    checkOutput(target, kind)
    expect(existsSync(folder)).toBe(process.platform !== 'linux') // where nothing tells when a process began, its id counts alone
  })
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
    refused('', /not the name of a folder/)
    expect(existsSync(target)).toBe(true)
  })
})
