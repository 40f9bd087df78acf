import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../shared/manifest.ts'
import type { ModelCard } from '../../shared/model-card.ts'
import { randomPrompt, type Wanted } from '../random-prompt.ts'

/** Writes a prompt package of random numbers as it comes, right or wrong. Returns the hash that it will be stored under. */
export async function writeRandomPrompt(directory: string, model: ModelCard, wanted: Wanted): Promise<string> {
  const files = await randomPrompt(model, wanted)
  await mkdir(directory, { recursive: true })
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(directory, file), bytes)
  return sha256(files['prompt.json'])
}
