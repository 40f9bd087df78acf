import { maxRowTokens } from '../../shared/formats/limits.ts'

/** What to tell where the Worker cuts rows shorter than they may be here; null where it does not, unless it was set to. */
export function cutByWorker(maxTokens: number): string | null {
  if (maxTokens <= maxRowTokens) return null
  return `rows have up to ${maxTokens} tokens here, and the Worker cuts texts so that a row has ${maxRowTokens}: raise MAX_ROW_TOKENS in wrangler.toml, or lower --max-tokens`
}
