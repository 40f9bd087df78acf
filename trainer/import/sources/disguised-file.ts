import { SoftPromptError } from '../../../shared/error.ts'

/** How many bytes of a file `requireNoDisguise` is to be shown. */
export const disguiseBytes = 64

/** Throws where a file that is to be safetensors is something else that goes by this name, with the way out. `begin` is how it begins. */
export function requireNoDisguise(begin: Uint8Array, path: string): void {
  requireNoPointer(begin, path)
  // a header's length may begin with these bytes as well, and then its JSON follows
  const isPickle = begin[0] === 0x80 && begin[8] !== brace
  const isZip = begin[0] === 0x50 && begin[1] === 0x4b && begin[8] !== brace // PyTorch's own since 1.6
  if (!isPickle && !isZip) return
  throw new SoftPromptError(
    'unsupported',
    `Cannot read ${path}: it is a ${isZip ? 'zip file' : 'pickle'}, as torch.save writes, and no safetensors file. A pickle can run any program when it is read, so none is read here. Where you trust it, name it pytorch_model.bin and save it anew with transformers: AutoModel.from_pretrained(…).save_pretrained(…, safe_serialization=True).`,
  )
}

const brace = 0x7b

/** Throws where a file is what Git leaves in the place of one that Git LFS keeps. */
export function requireNoPointer(begin: Uint8Array, path: string): void {
  if (!new TextDecoder().decode(begin.subarray(0, 32)).startsWith('version https://git-lfs')) return
  throw new SoftPromptError(
    'invalid_model',
    `Cannot read ${path}: it is a Git LFS pointer, and not the file itself. Run git lfs install and git lfs pull in its repository.`,
  )
}
