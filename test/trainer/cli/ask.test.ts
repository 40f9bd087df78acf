import { expect, test } from 'vitest'
import { tried } from '../../../trainer/cli/ask.ts'

/** Gives these answers, one after another, and then none. */
const answering =
  (...answers: string[]) =>
  async () =>
    answers.shift() ?? null
const number = async (asked: (question: string) => Promise<string>) => {
  const said = Number(await asked('How many? '))
  return Number.isNaN(said) ? undefined : said
}

test('what cannot be taken is asked for again', async () => {
  expect(await tried(answering('many', ' 3 '), number)).toBe(3)
})

test('but not for ever', async () => {
  await expect(tried(async () => 'many', number)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('--yes') })
})

test('the end of the input is the end of asking', async () => {
  await expect(tried(answering('many'), number)).rejects.toMatchObject({ code: 'interrupted' })
})
