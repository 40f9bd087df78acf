import { samePrompt, type TaskEvent, type TaskVersion } from '../../shared/formats/task-pointer.ts'

/**
 * The versions to which a task can be rolled back, each next one by one more rollback: those that were live before the one that is, without
 * those rolled back from. A weight format added to the live version makes it no version of its own, and a deletion is stepped over.
 */
export function earlierVersions(events: readonly TaskEvent[]): TaskVersion[] {
  const line: TaskVersion[] = [] // the live one last
  for (const event of events.toReversed()) {
    if (event.by === 'delete') continue
    if (event.by === 'rollback') line.pop()
    const last = line.at(-1)
    if (last !== undefined && samePrompt(last, event.version)) line.pop()
    line.push(event.version)
  }
  return line.slice(0, -1).reverse()
}
