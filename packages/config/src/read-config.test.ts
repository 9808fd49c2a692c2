import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigMistake, flag, port, readConfig } from './read-config.ts'
import { createSecretReader } from './secrets.ts'

const schema = z.object({
  PORT: port.default(8080),
  VERBOSE: flag.default(false),
  NAME: z.string(),
})

test('reads what is set, defaults what is not, and treats empty as not set', () => {
  expect(readConfig(schema, { PORT: '', NAME: 'x' })).toEqual({
    PORT: 8080,
    VERBOSE: false,
    NAME: 'x',
  })
})

test('names every mistake at once', () => {
  const read = () => readConfig(schema, { PORT: '99999', VERBOSE: 'yes' })
  expect(read).toThrow(ConfigMistake)
  expect(read).toThrow(/PORT[\s\S]*VERBOSE[\s\S]*NAME/)
})

test('a missing secret is named by its reference', () => {
  const readSecret = createSecretReader({ HALYK_KEY: 's3cret' })
  expect(readSecret('env:HALYK_KEY')).toBe('s3cret')
  expect(() => readSecret('env:NONE')).toThrow(/env:NONE/)
  expect(() => readSecret('s3cret')).toThrow(/env:NAME/)
})
