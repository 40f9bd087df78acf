import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SoftPromptError } from '../../../shared/error.ts'
import { readFile, requireFolder } from '../../disk/read-file.ts'
import { requireNoPointer } from './disguised-file.ts'

/** Of a configuration or a tokenizer: vocabularies of 256,000 tokens take some 35 MB. */
export const maxTextBytes = 2 ** 28

/** What tokenizers were kept in before tokenizer.json. */
const olderTokenizers = ['vocab.txt', 'vocab.json', 'tokenizer.model', 'spiece.model', 'sentencepiece.bpe.model']

/** A configuration or tokenizer of the checkpoint in `directory`. Throws where it has none, or one that only stands for it, with the way out. */
export function requiredFile(directory: string, name: string): Uint8Array<ArrayBuffer> {
  const path = join(directory, name)
  const bytes = readFile(path, maxTextBytes, 'invalid_model')
  if (bytes !== null) {
    requireNoPointer(bytes, path)
    return bytes
  }
  requireFolder(directory, 'invalid_model')
  const older = name === 'tokenizer.json' ? olderTokenizers.find((each) => existsSync(join(directory, each))) : undefined
  const wayOut =
    older === undefined
      ? 'Give the folder of a Hugging Face checkpoint.'
      : `It has ${older}, from which transformers makes one in Python: AutoTokenizer.from_pretrained("${directory}").save_pretrained("${directory}").`
  throw new SoftPromptError('invalid_model', `Cannot import ${directory}: ${name} is missing. ${wayOut}`)
}
