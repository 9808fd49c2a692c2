import { expect, test } from 'vitest'
import { z } from 'zod'
import { count, readCommandLine, seed } from './command-line.ts'

const command = {
  usage: 'npm run it -- [--seeds 10]',
  options: z.object({
    seeds: count.default(10),
    firstSeed: seed.default(1),
    wires: z.boolean().default(true),
    file: z.string().optional(),
  }),
}

const read = (...words: string[]) => readCommandLine(command, words)

test('reads what is told, defaults what is not, and treats empty as not told', () => {
  const defaults = { seeds: 10, firstSeed: 1, wires: true, file: undefined }
  expect(read()).toEqual({ options: defaults })
  expect(read('--seeds=')).toEqual({ options: defaults })
  expect(read('--first-seed', '0', '--no-wires', '--file', 'a')).toEqual({
    options: { seeds: 10, firstSeed: 0, wires: false, file: 'a' },
  })
})

test('names every mistake at once, and how the command is used', () => {
  const told = read('--seeds', 'ten', '--first-seed', '1.5')
  expect(told).toMatchObject({
    exitCode: 2,
    text: expect.stringMatching(/--seeds: .+\n--first-seed: .+\n\nnpm run it/),
  })
})

test.each([['--seed', '10'], ['ten'], ['--seeds'], ['--wires=yes'], ['--seeds', '-1']])(
  'refuses %s %s',
  (...words) => expect(read(...words)).toMatchObject({ exitCode: 2 }),
)

test('tells its usage', () =>
  expect(read('--help')).toEqual({ exitCode: 0, text: 'npm run it -- [--seeds 10]\n' }))
