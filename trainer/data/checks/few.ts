import { excerpt } from '../../../shared/error.ts'

/** Something quoted in a message, cut. */
export function shown(text: string, length = 60): string {
  return `"${excerpt(text, length)}"`
}

/** The first of some parts of a sentence, and how many more there are. */
export function firstOf(parts: readonly string[], most = 5): string {
  const rest = parts.length - most
  return rest > 0 ? `${parts.slice(0, most).join(', ')} and ${rest} more` : parts.join(', ')
}
