import { join } from 'node:path'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { parseCard } from '../../../shared/formats/card.ts'
import { readFile } from '../../disk/read-file.ts'

const maxConfigBytes = 2 ** 20

const Prompts = z.object({ prompts: z.record(z.string(), z.string()).nullish(), default_prompt_name: z.string().nullish() })

/**
 * What to warn of where sentence-transformers puts words before each text (`config_sentence_transformers.json`), which only a template does
 * here, but for pooling that leaves those words out of the mean. Null where it puts none. Throws `invalid_model` where the file names words that it does not hold, as sentence-transformers does.
 */
export function defaultPrompt(directory: string, leavesPromptOut: boolean): string | null {
  const where = join(directory, 'config_sentence_transformers.json')
  const bytes = readFile(where, maxConfigBytes, 'invalid_model')
  if (bytes === null) return null
  const { prompts, default_prompt_name: name } = parseCard(Prompts, new TextDecoder().decode(bytes), where, 'invalid_model')
  if (name === null || name === undefined) return null
  const prompt = prompts && Object.hasOwn(prompts, name) ? prompts[name] : undefined
  if (prompt === undefined)
    throw new SoftPromptError(
      'invalid_model',
      `Cannot read ${where}: default_prompt_name is ${excerpt(JSON.stringify(name))}, and its prompts have no such name. Give the name of one, or null.`,
    )
  if (prompt === '') return null
  const near = leavesPromptOut
    ? ' That is not exactly the same: its pooling (include_prompt is false) leaves the vectors of those words out of the mean, and a template does not.'
    : ''
  return `sentence-transformers reads each text of this model behind the words ${excerpt(JSON.stringify(prompt), 200)} (prompt ${excerpt(name)} of ${where}), and here a text is read by itself. To do as it does, train with --template ${excerpt(JSON.stringify(`${prompt}{text}`), 200)}.${near}`
}
