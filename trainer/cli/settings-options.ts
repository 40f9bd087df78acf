import { InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { flagOf, hyphenated } from '../train/setting-flag.ts'
import { fromJson, labelPairs, number } from './options.ts'

/** What is read of a field's JSON schema. */
interface FieldSchema {
  readonly type?: string
  readonly anyOf?: object[]
  readonly enum?: string[]
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
}

/** An option for each field of a schema of settings: its description is the help, its default stands there, its bounds are checked. What is true by default can be left out with --no-. */
export function settingsOptions(schema: z.ZodObject): Option[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' })
  return Object.entries(schema.shape).map(([name, field]) => {
    const json = properties[name] as FieldSchema
    const { description = '', default: preset } = json
    if (json.type === 'boolean') return new Option(`--no-${hyphenated(name)}`, `leave out ${description}`)
    const about = preset === undefined ? description : `${description} (default: ${String(preset)})`
    const flag = flagOf(name)
    if (json.enum !== undefined) return new Option(`${flag} <name>`, about).choices(json.enum)
    if (json.anyOf !== undefined)
      return new Option(`${flag} <text>`, about).argParser((text) => parsed(field as z.ZodType, wordOrPairs(text)))
    const whole = json.type === 'integer'
    if (!whole && json.type !== 'number') return new Option(`${flag} <text>`, about).argParser((text) => parsed(field as z.ZodType, text))
    const { minimum: min, maximum: max, exclusiveMinimum: above } = json
    return new Option(`${flag} <${whole ? 'n' : 'x'}>`, about).argParser(number({ min, max, above, whole }))
  })
}

/** A word, or a number for each label: `label=number,label=number` or a JSON object. */
function wordOrPairs(text: string): unknown {
  if (text.trimStart().startsWith('{')) return Object.fromEntries(fromJson(text))
  return text.split(',').every((pair) => pair.includes('='))
    ? Object.fromEntries(Object.entries(labelPairs(text)).map(([label, value]) => [label, Number(value)]))
    : text
}

function parsed(field: z.ZodType, text: unknown): unknown {
  const result = field.safeParse(text)
  if (!result.success) throw new InvalidArgumentError(`It ${result.error.issues[0]?.message}.`)
  return result.data
}
