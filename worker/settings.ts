import { z } from 'zod'
import { excerpt, SoftPromptError } from '../shared/error.ts'
import { maxBytes, maxRowTokens } from '../shared/formats/limits.ts'
import { weightFormats } from '../shared/formats/weight-formats.ts'

/** A whole number, or its digits. */
const whole = (least: number, fallback: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error: 'must be a whole number' })
    .pipe(z.int().min(least))
    .default(fallback)

/** What a browser sends as the origin of a page at `address`: scheme, host and a port that is not the scheme's own. Null where it is no address. */
function originOf(address: string): string | null {
  try {
    const { protocol, host } = new URL(address)
    return host === '' ? null : `${protocol}//${host}` // localhost:5173 is an address too, of the scheme localhost
  } catch {
    return null
  }
}

const withoutSlash = (address: string) => address.replace(/\/$/, '')
const quoted = (name: string) => excerpt(JSON.stringify(name))

/** A setting that is several names with commas between them, each a thing that `isKnown`. */
const names = (fallback: string, isKnown: (name: string) => boolean, refusal: (name: string) => string) =>
  z
    .string()
    .default(fallback)
    .transform((list) => list.split(',').map((name) => name.trim()))
    .refine((list) => list.every(isKnown), {
      error: ({ input }) => refusal((input as string[]).find((name) => !isKnown(name)) as string),
    })

/** The limits, by the names that wrangler.toml, the dashboard and the environment of a process know them by. The defaults are a Worker's. */
export const Settings = z
  .object({
    /** How long a router may go on serving a pointer it has read. A newly published or deleted prompt is noticed after it. */
    POINTER_TTL_MS: whole(0, 3000),
    /** Hosts for each model and region. */
    MODEL_HOSTS: whole(1, 1),
    MAX_BODY_BYTES: whole(1, 2 ** 20),
    /** Texts in one call. */
    MAX_INPUTS: whole(1, 128),
    MAX_INPUT_CHARACTERS: whole(1, 16384),
    /** Texts that one host has taken on and not yet answered. */
    MAX_QUEUE_ROWS: whole(1, 512),
    /** Tokens of the texts, each rounded up to a multiple of 16, in one call and in one host's queue: what bounds the time they take. */
    MAX_CALL_TOKENS: whole(16, 16384),
    MAX_QUEUE_TOKENS: whole(16, 65536),
    /** How long a call may wait for a host's answers, the model's loading included, before it is refused. A caller may ask for less. */
    MAX_WAIT_MS: whole(1, 10_000),
    MAX_BATCH_ROWS: whole(1, 16),
    /**
     * Rows × (longest text + longest prefix) of one run: bounds the memory of its activations. The default model's WASM memory is some
     * 66 MB after 512 tokens in rows of 64 or 256, and 95 after 1,024 or one row of 512.
     */
    MAX_BATCH_TOKENS: whole(1, 512),
    /** A row of more tokens loses the end of its text, whatever its card allows: attention's memory grows with the square of it. */
    MAX_ROW_TOKENS: whole(16, maxRowTokens),
    /** Comma-separated: the weight formats that are served here, the first that a task has. */
    WEIGHT_FORMATS: names(
      'int8,float32',
      (name) => weightFormats.includes(name),
      (name) => `${quoted(name)} is no weight format. Those that there are: ${weightFormats.join(', ')}; name one or more, comma-separated`,
    ),
    /**
     * Comma-separated: the origins whose pages may call the service from a browser, as https://example.com, or * for any. A slash behind
     * one, as the address bar shows it, is left out.
     */
    CORS_ORIGINS: names(
      '',
      (name) => name === '' || name === '*' || originOf(name) === withoutSlash(name),
      (name) => {
        const origin = originOf(name)
        const instead = origin === null ? 'an address such as https://example.com' : origin
        return `${quoted(name)} is not the origin of a page. Write ${instead}, or * for pages of any origin`
      },
    ).transform((list) => list.filter((name) => name !== '').map(withoutSlash)),
    /** What the prompts that a host keeps ready may take: some 200 of five positions for the default model. */
    PREFIX_CACHE_BYTES: whole(0, 24 * 2 ** 20),
    /** What the models that are kept open may take together, their files counted. */
    MODEL_CACHE_BYTES: whole(0, maxBytes.model),
  })
  .refine((settings) => settings.MAX_INPUTS <= settings.MAX_QUEUE_ROWS, {
    path: ['MAX_INPUTS'],
    message: 'must not be more than MAX_QUEUE_ROWS, or a full call could never be taken',
  })
  .refine((settings) => settings.MAX_CALL_TOKENS <= settings.MAX_QUEUE_TOKENS, {
    path: ['MAX_CALL_TOKENS'],
    message: 'must not be more than MAX_QUEUE_TOKENS, or a full call could never be taken',
  })

export type Settings = z.infer<typeof Settings>

/**
 * The settings among `given`, with the defaults for those not set. Throws `usage` where one is no number or too small; `remedy` says where to
 * mend it.
 */
export function readSettings(given: Partial<Record<keyof Settings, string | number>>, remedy: string): Settings {
  const parsed = Settings.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new SoftPromptError('usage', `Cannot use setting ${issue?.path.join('.')}: ${issue?.message}. ${remedy}`)
}
