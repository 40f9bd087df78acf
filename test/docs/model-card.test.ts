import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { root } from '../fixtures/root.ts'

const at = (name: string) => join(root, 'models/default', name)
const page = readFileSync(at('README.md'), 'utf8')

test("the default model's page rebuilds what is there: its command states what the card says, and its hashes are the files'", () => {
  const { name, source, licence, baseHash } = parseCard(ModelCard, readFileSync(at('model.json'), 'utf8'), 'the card', 'invalid_model')
  expect(page).toContain(` --name ${name} --licence ${licence} --source "${source}" --out `)
  expect(page).toContain(`\`${baseHash}\``)
  const listed = [...page.matchAll(/^([0-9a-f]{64}) {2}(\S+)$/gm)].map(([, hash, file]) => [file, hash])
  expect(listed).toEqual(modelFiles.toSorted().map((file) => [file, createHash('sha256').update(readFileSync(at(file))).digest('hex')])) // biome-ignore format: one call
})
