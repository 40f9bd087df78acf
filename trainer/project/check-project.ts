import type { z } from 'zod'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { nearestName } from './nearest-name.ts'
import { ProjectFile, ProjectTask } from './project-file.ts'

/** A project file's content, checked. Throws `usage` with all that is wrong with it at once, each with its place. */
export function checkProject(content: unknown, file: string): ProjectFile {
  const parsed = ProjectFile.safeParse(content)
  if (parsed.success) return parsed.data
  const details = parsed.error.issues.flatMap((issue) => problems(issue, content))
  throw badProject(file, details)
}

/** What is wrong with a project file, a line each. */
export function badProject(file: string, details: readonly string[]): SoftPromptError {
  const [only] = details
  if (details.length === 1) return new SoftPromptError('usage', `Cannot use ${file}: ${only}`)
  return new SoftPromptError('usage', `Cannot use ${file}: ${details.length} things are wrong with it.`, { details })
}

function problems(issue: z.core.$ZodIssue, content: unknown): string[] {
  const at = placeOf(issue.path)
  if (issue.code === 'invalid_key') return [`${at} cannot be: ${issue.issues[0]?.message}.`]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, issue.path))
  const value = valueAt(content, issue.path)
  if (value === undefined) return [`${at} is missing. ${aboutField(issue.path)}`.trim()]
  return [
    `${at} is ${excerpt(typeof value === 'string' ? JSON.stringify(value) : value)}, which cannot be: ${issue.message}. ${aboutField(issue.path)}`.trim(),
  ]
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const place = placeOf([...path, key])
  const known = keysAt(path)
  const nearest = nearestName(key, known)
  const guess = nearest === null ? `The keys there are ${known.join(', ')}.` : `Did you mean ${nearest}?`
  const orShared = Object.hasOwn(ProjectFile.shape.defaults.unwrap().shape, key) ? ', or under defaults' : ''
  const misplaced = path.length === 0 && Object.hasOwn(ProjectTask.shape, key) ? ` It belongs to a task${orShared}.` : ''
  return `${place}: there is no such key.${misplaced || ` ${guess}`}`
}

/** The keys that a project file may have at a place. */
function keysAt(path: readonly PropertyKey[]): string[] {
  const [first] = path
  if (path.length === 0) return Object.keys(ProjectFile.shape)
  if (first === 'tasks') return Object.keys(ProjectTask.shape)
  return Object.keys(ProjectFile.shape.defaults.unwrap().shape)
}

/** What a field is for, where it is known. */
function aboutField(path: readonly PropertyKey[]): string {
  const [first, second, third] = path.map(String)
  const shape: Readonly<Record<string, { description?: string | undefined }>> = first === 'tasks' ? ProjectTask.shape : ProjectFile.shape
  const name = first === 'tasks' ? third : first === 'defaults' && second !== undefined ? second : first
  const fields = first === 'defaults' && second !== undefined ? ProjectTask.shape : shape
  const description = name === undefined ? undefined : (fields as typeof shape)[name]?.description
  return description === undefined ? '' : `It is ${description}.`
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : excerpt(path.map(String).join('.'), 120)
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined),
    content,
  )
}
