import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { importModel } from '../../../trainer/import/import-model.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { runScript } from '../../fixtures/child-process.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'

const folder = temporaryFolder()
const script = new URL('../../fixtures/import-and-die.ts', import.meta.url)
const checkpoint = checkpointOf('gqa-tied')

/** Imports over what is at `out`, in a process that dies at operation `n`. The operations' names where there were fewer. */
async function importAndDie(out: string, n: number): Promise<string[] | null> {
  const { code, signal, stdout, stderr } = await runScript(script, [checkpoint, out, String(n)])
  if (signal === 'SIGKILL') return null
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** The model of the package at `out`, which is whole, or null where there is none. */
function wholePackage(out: string): string | null {
  if (!existsSync(out)) return null
  const { card } = openModel(out)
  for (const [name, { sha256 }] of Object.entries(card.files)) {
    expect(
      createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex'),
    ).toBe(sha256)
  }
  return card.name
}

test.each([
  ['where there was nothing', null],
  ['over another package', 'mha-untied'],
])('a killed import leaves no half package, %s', async (_, older) => {
  const prepare = async (name: string) => {
    const out = join(folder, `${older}-${name}`)
    if (older !== null) await importModel(checkpointOf(older), { out, weights: 'int8' })
    return out
  }
  const operations = (await importAndDie(await prepare('not killed'), 0))!
  const last = operations.length
  expect(operations.slice(0, 3)).toEqual(['mkdirSync', 'mkdirSync', 'writeSync'])
  const renames = operations.flatMap((name, i) => (name === 'renameSync' ? [i + 1] : []))
  expect(renames).toHaveLength(older === null ? 1 : 2)

  const seen = new Set<string | null>()
  const points = [1, 2, 3, Math.floor(last / 2), renames[0]! - 1, ...renames, renames.at(-1)! + 1]
  await Promise.all(
    points.map(async (n) => {
      const out = await prepare(`killed at ${n}`)
      expect(await importAndDie(out, n)).toBeNull()
      const found = wholePackage(out)
      // between the two renames, and only there, the place is empty
      expect(found).toBe(n > renames.at(-1)! ? 'gqa-tied' : n > renames[0]! ? null : older)
      seen.add(found)

      // and importing again ends as if nothing had happened
      await importModel(checkpoint, { out, weights: 'int8' })
      expect(wholePackage(out)).toBe('gqa-tied')
      expect(readdirSync(folder).filter((name) => name.startsWith(`.${basename(out)}-`))).toEqual([])
    }),
  )
  expect(seen.size).toBe(older === null ? 2 : 3)
})
