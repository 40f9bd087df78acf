import { expect, test } from 'vitest'
import { planTasks } from '../../../trainer/project/open-project.ts'
import type { PlannedTask } from '../../../trainer/project/project-tasks.ts'

test('a plan is no longer made once its signal is aborted', async () => {
  const controller = new AbortController()
  const project = { file: 'it', folder: '.', content: { tasks: {} } }
  const tasks = ['a', 'b'].map((name) => ({ name, model: 'nowhere' })) as PlannedTask[]
  await expect(planTasks(project, tasks, { signal: controller.signal })).rejects.toMatchObject({ code: 'usage', details: { length: 2 } })
  controller.abort()
  await expect(planTasks(project, tasks, { signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' })
})
