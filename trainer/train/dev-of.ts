import type { PromptCard } from '../../shared/formats/prompt-card.ts'

/**
 * What names the very examples of a package's dev, as far as its card tells; null where it has none. A part that was held out of the training
 * file goes by the hash of that whole file: its number and the seed, which chose it, tell it from others.
 */
export function devOf({ data: { train, dev }, settings }: Pick<PromptCard, 'data' | 'settings'>): string | null {
  if (dev === undefined) return null
  return JSON.stringify([dev.sha256, dev.examples, dev.sha256 === train?.sha256 ? settings.seed : null])
}
