import { env } from 'cloudflare:workers'
import { parseCard } from '../../shared/manifest.ts'
import { ModelCard } from '../../shared/model-card.ts'
import { modelFiles } from '../../shared/storage-keys.ts'
import { type ModelFiles, pointTask, uploadModel, uploadPrompt } from '../publish.ts'
import { randomPrompt, type Wanted } from '../random-prompt.ts'

/** The model package that ships with the project. */
export const defaultModel: ModelFiles = Object.fromEntries(
  await Promise.all(modelFiles.map(async (file) => [file, await read(`models/default/${file}`)] as const)),
) as ModelFiles

export const modelCard = parseCard(ModelCard, new TextDecoder().decode(defaultModel['model.json']), 'models/default', 'invalid_model')

/** The default model, in the bucket. */
export const model = await uploadModel(env.BUCKET, defaultModel)

/** A random prompt for the default model, uploaded and live. */
export async function publish(wanted: Wanted): Promise<string> {
  const prompt = await uploadPrompt(env.BUCKET, await randomPrompt(modelCard, wanted))
  await pointTask(env.BUCKET, wanted.task, { prompt, model })
  return prompt
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await env.DISK!.fetch(`http://disk/${path}`)
  if (!response.ok) throw new Error(`the checkout has no ${path}: import the model first`)
  return new Uint8Array(await response.arrayBuffer())
}
