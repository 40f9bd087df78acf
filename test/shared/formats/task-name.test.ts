import { expect, test } from 'vitest'
import { TaskName } from '../../../shared/formats/task-name.ts'

test.each(['spam', 'a', '0', 'a-b_c', 'x'.repeat(64)])('%s is a task’s name', (name) => {
  expect(TaskName.safeParse(name).success).toBe(true)
})

test.each(['', 'Spam', '-a', 'a-', 'a/b', '..', 'a.b', 'a b', 'ü', 'a\n', 'x'.repeat(65), 'a@b'])(
  '%j is none: it could not stand in a key or a URL',
  (name) => {
    expect(TaskName.safeParse(name).success).toBe(false)
  },
)
