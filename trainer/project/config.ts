import type { ProjectFile } from './project-file.ts'

/** The project that a `softprompt.config.ts` exports, as it is: with its types, for an editor to know. */
export function defineConfig(project: ProjectFile): ProjectFile {
  return project
}

export type { ProjectFile, ProjectTask } from './project-file.ts'
