import { SoftPromptError } from '../../shared/error.ts'

const noKey =
  'Cannot use setting API_KEYS: it is set and holds no key, so nobody could call. Set it to the bearer keys, comma-separated, or leave it unset to serve every caller.'

/** The keys in `list`, the secret API_KEYS: comma-separated, empty ones left out. Throws `usage` where none is left. */
export function apiKeys(list: string): string[] {
  const keys = entries(list).filter((key) => key !== '')
  if (keys.length === 0) throw new SoftPromptError('usage', noKey)
  return keys
}

/** What is wrong with `list`, for the log of whoever runs the Worker. Names keys by their place in the list, and never shows one. */
export function keyWarnings(list: string | undefined): string[] {
  if (!list) return ['API_KEYS is not set: every caller is served.']
  if (entries(list).every((key) => key === '')) return [noKey]
  return entries(list).flatMap((key, index) =>
    /^[\x21-\x7e]*$/.test(key)
      ? []
      : [
          `Key ${index + 1} of API_KEYS contains a space, a control character or a non-ASCII character, which clients cannot send in a header: whoever has this key is refused. Set the keys anew: in the environment of the server or, in a Worker, by wrangler secret put API_KEYS.`,
        ],
  )
}

function entries(list: string): string[] {
  return list.split(',').map((key) => key.trim())
}
