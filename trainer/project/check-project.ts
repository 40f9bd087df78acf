import { SoftPromptError } from '../../shared/error.ts'
import { ProjectFile, ProjectTask } from './project-file.ts'
import { schemaProblems } from './schema-problems.ts'

/** A project file's content, checked. Throws `usage` with all that is wrong with it at once, each with its place. */
export function checkProject(content: unknown, file: string): ProjectFile {
  if (content === null || content === undefined)
    throw badProject(file, [
      'it is empty. It states tasks, such as tasks: { routing: { train: "routing.csv" } }; softprompt init writes one.',
    ])
  const parsed = ProjectFile.safeParse(content)
  if (parsed.success) return parsed.data
  throw badProject(file, schemaProblems(ProjectFile, parsed.error.issues, content, { whole: 'the file', name: 'key', belongs }))
}

/** What is wrong with a project file, a line each. */
export function badProject(file: string, details: readonly string[]): SoftPromptError {
  const [only] = details
  if (details.length === 1) return new SoftPromptError('usage', `Cannot use ${file}: ${only}`)
  return new SoftPromptError('usage', `Cannot use ${file}: ${details.length} things are wrong with it.`, { details })
}

/** What is said of a key of tasks that stands beside them. */
function belongs(path: readonly PropertyKey[], key: string): string | null {
  if (path.length > 0 || !Object.hasOwn(ProjectTask.shape, key)) return null
  const shared = Object.hasOwn(ProjectFile.shape.defaults.unwrap().shape, key)
  return `It belongs to a task${shared ? ', or under defaults' : ''}.`
}
