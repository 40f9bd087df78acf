import { z } from 'zod'
import { type ErrorCode, excerpt, SoftPromptError } from '../error.ts'

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')

/** The schema of a package's `files`: each of `names` with its size in bytes and its SHA-256. */
export function FileEntries<const Name extends string>(names: readonly Name[]) {
  const entry = z.object({ bytes: z.int().nonnegative(), sha256: Sha256 })
  return z.object(Object.fromEntries(names.map((name) => [name, entry])) as Record<Name, typeof entry>)
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A card as it is stored. Its SHA-256 names the package, since the card holds the hashes of the other files. */
export function cardText(card: object): string {
  return `${JSON.stringify(card, null, 2)}\n`
}

/** `text` parsed as JSON and checked against `schema`; an error names `where`, the field and what came. */
export function parseCard<Schema extends z.ZodType>(schema: Schema, text: string, where: string, code: ErrorCode): z.infer<Schema> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new SoftPromptError(code, `Cannot read ${where}: it is not JSON (${excerpt((cause as Error).message)}).`, { cause })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') || 'the whole file'
  throw new SoftPromptError(code, `Cannot read ${where}: field ${field} is wrong: ${issue?.message}.`, { param: field })
}
