import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import { type PromptFiles, weightsWarning } from '../../shared/formats/prompt-package.ts'
import { readPromptFolder } from '../disk/prompt-folder.ts'
import { openFrozen } from '../import/open-frozen.ts'
import { type OpenedModel, openModel } from '../import/open-model.ts'
import { packageModel } from './package-model.ts'

/** How a package is opened: on another model than the one that it was made on, on so many threads. */
interface PackageFlags {
  readonly model?: string | undefined
  readonly threads?: number | undefined
}

/** A prompt on its model, ready to answer. */
export interface OpenPackage {
  readonly files: PromptFiles
  readonly opened: OpenedModel
  readonly frozen: FrozenModel
  readonly prompt: Prompt
}

/** What `use` makes of the prompt package in `directory`, whose model is open for as long as that takes. What is odd about it is told first. */
export async function withPackage<Value>(
  directory: string,
  { model, threads }: PackageFlags,
  { warn }: { warn(message: string): void },
  use: (open: OpenPackage) => Promise<Value>,
): Promise<Value> {
  const files = readPromptFolder(directory)
  const opened = openModel(packageModel(directory, model))
  const frozen = await openFrozen(opened, threads === undefined ? {} : { threads })
  try {
    const prompt = await Prompt.load(files, directory, frozen)
    for (const warning of [...prompt.warnings, weightsWarning(prompt.card, opened.card)]) if (warning !== null) warn(warning)
    return await use({ files, opened, frozen, prompt })
  } finally {
    await frozen.close()
  }
}
