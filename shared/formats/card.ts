import { z } from 'zod'
import { type ErrorCode, excerpt, SoftPromptError } from '../error.ts'
import { Sha256 } from './hashing.ts'

/** A name that a card gives one of a few things that grow: a weight format, an architecture, a method. */
export const EntryName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, "-" and "_"')

/** The schema of a format's version: any other is refused, with what to do where that is known here. */
export function FormatVersion<const Version extends number>(version: Version, hint?: string) {
  const toDo = hint === undefined ? '' : `. ${hint}`
  return z.literal(version, { error: ({ input }) => `it is ${excerpt(input)}, and version ${version} is read here${toDo}` })
}

/** The schema of a package's `files`: each of `names` with its size in bytes and its SHA-256. */
export function FileEntries<const Name extends string>(names: readonly Name[]) {
  const entry = z.object({ bytes: z.int().nonnegative(), sha256: Sha256 })
  return z.object(Object.fromEntries(names.map((name) => [name, entry])) as Record<Name, typeof entry>)
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
  return checkCard(schema, value, where, code)
}

/** `value` checked against `schema`; an error names `where`, the field and what came. */
export function checkCard<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string, code: ErrorCode): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = excerpt(issue?.path.join('.') ?? '', 160)
  const why = excerpt(issue?.message ?? '', 400)
  throw new SoftPromptError(
    code,
    `Cannot read ${where}: ${path === '' ? '' : `field ${path} is wrong: `}${why}${/[.!?]$/.test(why) ? '' : '.'}`,
    { param: path || null },
  )
}
