import { z } from 'zod'
import { excerpt } from '../../shared/error.ts'
import { nearestName } from './nearest-name.ts'

interface Wording {
  /** What the value is called, and what a name in it is. */
  readonly whole: string
  readonly name: string
  /** Where an unknown name may belong, in a sentence; null where that is not known. */
  readonly belongs?: (path: readonly PropertyKey[], name: string) => string | null
}

/** What is wrong with a `value` of `schema`, a line each: the place, what is there, why that cannot be, and what belongs there. */
export function schemaProblems(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], value: unknown, wording: Wording): string[] {
  return issues.flatMap((issue) => problems(schema, issue, value, wording))
}

function problems(schema: z.ZodType, issue: z.core.$ZodIssue, whole: unknown, wording: Wording): string[] {
  const at = issue.path.length === 0 ? wording.whole : placeOf(issue.path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownName(schema, [...issue.path, key], wording))
  if (issue.code === 'invalid_key') {
    if (namesAt(schema, issue.path.slice(0, -1)).length > 0) return [unknownName(schema, issue.path, wording)]
    return [`${at} cannot be: ${issue.issues[0]?.message}.`]
  }
  const value = valueAt(whole, issue.path)
  const about = aboutField(schema, issue.path)
  if (value === undefined) return [`${at} is missing. ${about}`.trim()]
  const there = excerpt(typeof value === 'string' ? JSON.stringify(value) : value)
  return [`${at} is ${there}, which cannot be: ${issue.message}. ${about}`.trim()]
}

function unknownName(schema: z.ZodType, path: readonly PropertyKey[], { name, belongs }: Wording): string {
  const [parent, own] = [path.slice(0, -1), String(path.at(-1))]
  const known = namesAt(schema, parent)
  const nearest = nearestName(own, known)
  const guess = nearest === null ? `The ${name}s there are ${known.join(', ')}.` : `Did you mean ${nearest}?`
  return `${placeOf(path)}: there is no such ${name}. ${belongs?.(parent, own) ?? guess}`
}

/** The names that there may be at a place; none where any may be. */
function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const { field } = fieldAt(schema, path)
  if (field instanceof z.ZodObject) return Object.keys(field.shape)
  return field instanceof z.ZodRecord && field.keyType instanceof z.ZodEnum ? field.keyType.options.map(String) : []
}

/** What a field is for, where it is known. */
function aboutField(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const { description } = fieldAt(schema, path)
  return description === undefined ? '' : `It is ${description}.`
}

/** What may be at a place, and what that is for; what stands in a list or under any name is for what these are for. */
function fieldAt(schema: z.ZodType, path: readonly PropertyKey[]): { field: z.ZodType | null; description?: string | undefined } {
  let field: z.ZodType | null = schema
  let description: string | undefined
  for (const key of path) {
    if (field instanceof z.ZodObject) {
      const own: z.ZodType | undefined = field.shape[String(key)]
      description = own?.description
      field = own === undefined ? null : unwrapped(own)
    } else if (field instanceof z.ZodRecord) {
      field = unwrapped(field.valueType as z.ZodType)
      if (field instanceof z.ZodObject) description = undefined
    } else field = null
  }
  return { field, description }
}

function unwrapped(field: z.ZodType): z.ZodType {
  return field instanceof z.ZodOptional || field instanceof z.ZodDefault ? unwrapped(field.unwrap() as z.ZodType) : field
}

function placeOf(path: readonly PropertyKey[]): string {
  return excerpt(path.map(String).join('.'), 120)
}

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined),
    whole,
  )
}
