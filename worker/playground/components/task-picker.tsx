import { useState } from 'preact/hooks'
import type { Task } from '../service.ts'

/** With more tasks than these, there is a field to find one by its name. */
const fewTasks = 12

interface Props {
  readonly tasks: readonly Task[]
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

/** The tasks that a text is asked about, in the order of their names. */
export function TaskPicker({ tasks, chosen, onChange }: Props) {
  const [filter, setFilter] = useState('')
  const shown = tasks.filter(({ task }) => chosen.includes(task) || task.includes(filter.trim().toLowerCase()))
  const toggle = (name: string) =>
    onChange(tasks.map(({ task }) => task).filter((task) => (task === name ? !chosen.includes(task) : chosen.includes(task))))
  return (
    <fieldset class="panel tasks">
      <legend>Tasks</legend>
      {tasks.length > fewTasks && (
        <input
          type="search"
          aria-label="Find a task"
          placeholder={`Find one of ${tasks.length}`}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      )}
      <div class="chips">
        {shown.map(({ task, labels }) => (
          <label key={task} class="chip" title={labels?.join(', ')}>
            <input type="checkbox" checked={chosen.includes(task)} onChange={() => toggle(task)} />
            <span>{task}</span>
            {labels !== null && <small>{labels.length} labels</small>}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
