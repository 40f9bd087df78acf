import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from 'c12'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { fileSize } from '../disk/read-file.ts'
import { badProject, checkProject } from './check-project.ts'
import { keysTwice } from './keys-twice.ts'
import type { ProjectFile } from './project-file.ts'

const extensions = ['ts', 'mts', 'js', 'mjs', 'json', 'jsonc', 'yaml', 'yml'] as const
/** What a project file is called. */
const projectFileNames = extensions.map((extension) => `softprompt.config.${extension}`)

const maxFileBytes = 2 ** 20

/** A project file, read. */
export interface Project {
  readonly file: string
  /** Where its paths begin. */
  readonly folder: string
  readonly content: ProjectFile
}

/** The project file in the folder worked in, or null where there is none. Throws `usage` where there are several. */
export function findProjectFile(folder = '.'): string | null {
  const [found, other] = projectFileNames.map((name) => resolve(folder, name)).filter((path) => existsSync(path))
  if (found === undefined) return null
  if (other === undefined) return relative('', found)
  throw new SoftPromptError(
    'usage',
    `Cannot tell which project file is meant: there are ${basename(found)} and ${basename(other)}. Name one with --project, or remove the other.`,
  )
}

/** Reads a project file: TypeScript or JavaScript, which is run, JSON or YAML. Throws `usage` where it can't be read, or with all that is wrong with it. */
export async function loadProject(file: string): Promise<Project> {
  const size = fileSize(file, 'usage')
  if (size === null) throw new SoftPromptError('usage', `Cannot read ${file}: there is no such file. softprompt init writes one.`)
  if (size > maxFileBytes)
    throw new SoftPromptError('usage', `Cannot read ${file}: it has ${size} bytes, and at most ${maxFileBytes} are read.`)
  const known = extensions.some((extension) => file.endsWith(`.${extension}`))
  if (!known)
    throw new SoftPromptError('usage', `Cannot read ${file}: a project file ends in ${extensions.map((each) => `.${each}`).join(', ')}.`)
  const content = await contentOf(file)
  return { file, folder: dirname(resolve(file)), content: checkProject(content, file) }
}

/** Where a project file finds `softprompt/config`, wherever it lies. */
function ours(): Record<string, string> {
  const config = fileURLToPath(new URL(`./config${extname(import.meta.url)}`, import.meta.url))
  return existsSync(config) ? { 'softprompt/config': config } : {}
}

/** What a project file says, unchecked: only that file, and nothing that it might name. */
async function contentOf(file: string): Promise<unknown> {
  try {
    const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
    if (/\.(jsonc?|ya?ml)$/.test(file) && text.replace(/^\s*(#|\/\/).*$/gm, '').trim() === '') return null
    if (file.endsWith('.json')) return unambiguous(JSON.parse(text), text, file) // which c12 would read once and never again
    const { config, _configFile } = await loadConfig({
      ...{ cwd: dirname(resolve(file)), configFile: resolve(file), configFileRequired: true },
      ...{ rcFile: false, globalRc: false, packageJson: false, dotenv: false, envName: false, extend: false, giget: false },
      jitiOptions: { moduleCache: false, fsCache: false, alias: ours() }, // the file as it is now, and nothing left beside it
    })
    if (_configFile === undefined) throw new Error('it was not found')
    return file.endsWith('.jsonc') ? unambiguous(config, text, file) : config
  } catch (cause) {
    if (cause instanceof SoftPromptError) throw cause
    const said = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new SoftPromptError('usage', `Cannot read ${file}: ${excerpt(said, 300)}`, { cause })
  }
}

/** `content`, read of JSON. Throws `usage` where a key stands twice in an object. */
function unambiguous(content: unknown, text: string, file: string): unknown {
  const twice = keysTwice(text)
  if (twice.length > 0) throw badProject(file, twice)
  return content
}
