import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { globSync, isDynamicPattern } from 'tinyglobby'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { Columns } from '../data/readers/reader.ts'
import { inNames } from '../train/setting-names.ts'
import { type GivenSettings, requireEffect } from '../train/settings.ts'
import { badProject } from './check-project.ts'
import type { Project } from './load-project.ts'
import { nearestName } from './nearest-name.ts'
import type { ProjectTask } from './project-file.ts'
import { namingOf } from './task-naming.ts'

/** A task of a project, with the defaults in it, its paths as they are found from the folder worked in and its globs as the files that they match. */
export interface PlannedTask {
  readonly name: string
  readonly model: string
  /** The folder of its package. */
  readonly out: string
  readonly train: readonly string[]
  readonly dev: readonly string[] | null
  readonly test: readonly string[] | null
  readonly columns: Columns
  readonly verbalizers: Readonly<Record<string, string>>
  readonly minimum: NonNullable<ProjectTask['minimum']>
  readonly settings: GivenSettings
}

/** The tasks of a project, or those of `only`. Throws `usage` with every file that is not there. */
export function projectTasks(
  { file, folder, content }: Project,
  defaultModel: string,
  only: readonly string[] | null = null,
): PlannedTask[] {
  const names = Object.keys(content.tasks)
  const problems: string[] = []
  for (const name of only ?? [])
    if (!names.includes(name)) {
      const nearest = nearestName(name, names)
      const known = nearest === null ? `The tasks are ${excerpt(names.join(', '), 200)}` : `Did you mean ${nearest}`
      problems.push(`there is no task ${excerpt(JSON.stringify(name))}. ${known}${nearest === null ? '.' : '?'}`)
    }
  const here = (path: string) => relative('', resolve(folder, path)) || '.'
  const files = (place: string, patterns: string | readonly string[]) =>
    [patterns]
      .flat()
      .flatMap((pattern) => {
        const found = filesOf(folder, pattern)
        if (found.length === 0) problems.push(`${place} is ${excerpt(pattern)}, and there is no such file.`)
        return found.map(here)
      })
      .filter((file, i, all) => all.indexOf(file) === i)
  const tasks = names
    .filter((name) => only === null || only.includes(name))
    .map((name): PlannedTask => {
      const own = content.tasks[name] as ProjectTask
      const { train, dev, test, model, textColumn, labelColumn, minimum, verbalizers, ...settings } = {
        model: content.model,
        ...content.defaults,
        ...own,
      }
      try {
        requireEffect(settings, own)
      } catch (error) {
        if (!(error instanceof SoftPromptError)) throw error
        problems.push(`tasks.${name}: ${inNames(namingOf(name), error.message)}`)
      }
      if (model !== undefined && !existsSync(resolve(folder, model, 'model.json')))
        problems.push(`tasks.${name}.model is ${excerpt(model)}, and there is no model package. softprompt import makes one.`)
      return {
        name,
        model: model === undefined ? defaultModel : here(model),
        out: here(join(content.runs ?? 'runs', name)),
        train: files(`tasks.${name}.train`, train),
        dev: dev === undefined ? null : files(`tasks.${name}.dev`, dev),
        test: test === undefined ? null : files(`tasks.${name}.test`, test),
        columns: { text: textColumn ?? 'text', label: labelColumn ?? 'label' },
        verbalizers: verbalizers ?? {},
        minimum: { ...content.defaults?.minimum, ...own.minimum },
        settings,
      }
    })
  if (problems.length > 0) throw badProject(file, problems)
  return tasks
}

/** The files that a path or a glob names, in one order everywhere; a path that has a glob's characters in its name is itself. */
function filesOf(folder: string, pattern: string): string[] {
  const path = resolve(folder, pattern)
  if (existsSync(path)) return [path]
  if (!isDynamicPattern(pattern)) return []
  return globSync(pattern, { cwd: folder, absolute: true, expandDirectories: false }).sort()
}
