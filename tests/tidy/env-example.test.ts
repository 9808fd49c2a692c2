import { expect, test } from 'vitest'
import { readEnvExample, readServiceConfigs, secretNamesOf } from './environment.ts'

const CONFIGS = await readServiceConfigs()
const VARIABLES = readEnvExample()
const SHARED = VARIABLES.filter(({ group }) => group === 'shared')

test('.env.example shows every variable of every service', () => {
  const missing = CONFIGS.flatMap(({ service, fields }) => {
    const shown = new Set(
      [...SHARED, ...VARIABLES.filter(({ group }) => group === service)].map(({ name }) => name),
    )
    return Object.keys(fields)
      .filter((name) => !shown.has(name))
      .map((name) => `[${service}] ${name}`)
  })
  expect(missing, 'add it to the group of the service, with a comment').toEqual([])
})

test('.env.example shows nothing that no service reads', () => {
  const known = new Map(CONFIGS.map(({ service, fields }) => [service, Object.keys(fields)]))
  known.set(
    'shared',
    CONFIGS.flatMap(({ fields }) => Object.keys(fields)),
  )
  known.set('secrets', [...secretNamesOf('packages/programme/pilot.json')])
  known.set('compose', ['POSTGRES_PASSWORD'])
  const unknown = VARIABLES.filter(({ group, name }) => !known.get(group)?.includes(name))
  expect(
    unknown.map(({ group, name }) => `[${group}] ${name}`),
    'remove it, or move it to the group of the service that reads it',
  ).toEqual([])
})

test('.env.example shows every secret of the pilot programme and holds none', () => {
  const shown = VARIABLES.filter(({ group }) => group === 'secrets')
  expect(shown.map(({ name }) => name).toSorted()).toEqual(
    secretNamesOf('packages/programme/pilot.json'),
  )
  expect(shown.filter(({ value }) => value !== '')).toEqual([])
})

test('every value in .env.example is accepted by the service that reads it', () => {
  const refused = CONFIGS.flatMap(({ service, fields }) =>
    VARIABLES.filter(({ group }) => group === 'shared' || group === service)
      .filter(({ name, value }) => fields[name] && !fields[name].safeParse(value).success)
      .map(({ name, value }) => `[${service}] ${name}=${value}`),
  )
  expect(refused, 'show a value that the schema in config.ts takes').toEqual([])
})

test('every commented default in .env.example is the default', () => {
  const wrong = CONFIGS.flatMap(({ service, fields }) =>
    VARIABLES.filter(({ group, isSet }) => group === service && !isSet).flatMap(
      ({ name, value }) => {
        const standing = fields[name]?.safeParse(undefined)
        const shown = fields[name]?.safeParse(value)
        if (!standing?.success || standing.data === undefined) return []
        return standing.data === shown?.data ? [] : [`[${service}] ${name}=${value}`]
      },
    ),
  )
  expect(wrong, 'show the default of config.ts').toEqual([])
})

test('what is set in .env.example is set once, so that the file can be loaded', () => {
  const names = VARIABLES.filter(({ isSet }) => isSet).map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
})
