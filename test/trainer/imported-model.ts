import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { WeightFormat } from '../../shared/model-card.ts'
import { importModel } from '../../trainer/model/import.ts'
import { type ModelPackage, openModel } from '../../trainer/model/package.ts'

/** A folder of its own for a test file, gone when the file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'softprompt-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A checkpoint as a model package in `folder`, opened. */
export async function imported(checkpoint: string, weights: WeightFormat, folder: string): Promise<ModelPackage> {
  const out = join(folder, `${checkpoint.replaceAll('/', '-')}-${weights}`)
  await importModel(checkpoint, { out, weights })
  return openModel(out)
}
