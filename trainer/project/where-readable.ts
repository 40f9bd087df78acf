import { SoftPromptError } from '../../shared/error.ts'

/** What is read of a file beside a package; null where the file is damaged: what it says can be had anew. */
export function whereReadable<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof SoftPromptError) return null
    throw error
  }
}
