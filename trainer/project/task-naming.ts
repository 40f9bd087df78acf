import type { Naming } from '../train/setting-names.ts'

/** How a project file names what is stated of a task. */
export function namingOf(task: string): Naming {
  const elsewhere: Readonly<Record<string, string>> = { out: 'runs', resume: 'the same command', force: '--force', threads: 'threads' }
  return (setting) => elsewhere[setting] ?? `tasks.${task}.${setting}`
}
