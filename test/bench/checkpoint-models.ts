import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { type ImportOptions, importModel } from '../../trainer/import/import-model.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import { bootstrap } from '../fixtures/reference.ts'

/** The Hugging Face checkpoint that both sides of a comparison run; where none is named, that of `models/tiny-lm`. Throws where there is none. */
export function findCheckpoint(named: string | undefined): string {
  const directory = resolve(named ?? bootstrap)
  if (!existsSync(join(directory, 'config.json')))
    throw new SoftPromptError('usage', `There is no checkpoint in ${directory}: name one with --checkpoint DIR.`)
  return directory
}

/** The checkpoint as a model that can be trained through, imported to a temporary folder. */
export async function importCheckpoint(
  checkpoint: string,
  weights: ImportOptions['weights'],
  threads?: number,
): Promise<DifferentiableModel> {
  const out = join(mkdtempSync(join(tmpdir(), 'softprompt-bench-')), weights)
  await importModel(checkpoint, { out, weights })
  return DifferentiableModel.open(openModel(out), threads === undefined ? {} : { threads })
}
