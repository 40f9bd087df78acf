import { expect, test } from 'vitest'
import { deleteTask } from '../../../trainer/publish/delete.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'

const local = useLocalBucket()

test('a task’s pointer goes, readable or not; its packages and the other tasks stay', async () => {
  const others = ['models/a/model.json', 'prompts/b/prompt.json', 'tasks/spa.json', 'tasks/spam2.json']
  for (const key of [...others, 'tasks/spam.json']) await local.bucket.put(key, 'not a pointer')
  const before = await local.contents()
  await deleteTask(local.bucket, 'spam')
  const { 'tasks/spam.json': _, ...rest } = before
  expect(await local.contents()).toEqual(rest)
  expect(Object.keys(rest)).toEqual(others)
})

test('a task that is not published is not known, and nothing is removed', async () => {
  const operations: string[] = []
  const bucket = alteredBucket(local.bucket, (operation, _key, run) => {
    operations.push(operation)
    return run()
  })
  await expect(deleteTask(bucket, 'nothing')).rejects.toMatchObject({
    code: 'unknown_task',
    param: 'task',
    message: expect.stringMatching(/Cannot find task nothing .*softprompt list/),
  })
  expect(operations).toEqual(['head'])
})
