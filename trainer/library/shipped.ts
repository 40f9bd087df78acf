import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file that comes with softprompt: in the folder worked in, else where softprompt is installed. */
export function shipped(file: string): string {
  const installed = ['../../', '../../../'].map((up) => fileURLToPath(new URL(`${up}${file}`, import.meta.url)))
  return [file, ...installed].find((path) => existsSync(path)) ?? file
}

/** The frozen model that comes with softprompt. */
export const defaultModel = dirname(shipped('models/default/model.json'))
