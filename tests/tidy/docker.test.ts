import { DCLinter } from 'dclint'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readServiceConfigs, secretNamesOf } from './environment.ts'
import { FILES, ROOT, read } from './repository.ts'

type ComposeService = {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
}

const COMPOSE = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>
}
const CONFIGS = await readServiceConfigs()

test('docker-compose.yml keeps the schema of compose files', () => {
  const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] })
  const [result] = linter.lintFiles([`${ROOT}/docker-compose.yml`], false)
  const broken = result?.messages.filter(
    ({ rule }: { readonly rule: string }) => rule === 'invalid-schema',
  )
  expect(broken).toEqual([])
})

test('docker-compose.yml gives each service what it must be told, and nothing that it does not read', () => {
  const secrets = new Set(secretNamesOf('docker/programme.json'))
  const wrong = CONFIGS.flatMap(({ service, fields }) => {
    const given = COMPOSE.services[service]?.environment
    if (!given) return []
    const unread = Object.keys(given).filter((name) => !(name in fields) && !secrets.has(name))
    const untold = Object.entries(fields)
      .filter(([name, field]) => !(name in given) && !field.safeParse(undefined).success)
      .map(([name]) => name)
    return [
      ...unread.map((name) => `${service} does not read ${name}`),
      ...untold.map((name) => `${service} must be told ${name}`),
    ]
  })
  expect(wrong, 'bring environment: in step with services/NAME/src/config.ts').toEqual([])
})

test('docker-compose.yml gives the authorizer every secret of its programme', () => {
  const given = COMPOSE.services['authorizer']?.environment ?? {}
  const missing = secretNamesOf('docker/programme.json').filter((name) => !(name in given))
  expect(missing).toEqual([])
})

test('docker-compose.yml publishes ports on loopback only', () => {
  const open = Object.entries(COMPOSE.services).flatMap(([service, { ports = [] }]) =>
    ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `${service}: ${port}`),
  )
  expect(open, 'begin the binding with 127.0.0.1:').toEqual([])
})

test('docker-compose.yml starts files that are there and asks each service whether it is ready', () => {
  const ours = Object.entries(COMPOSE.services).filter(([, { command }]) => command?.[0] === 'node')
  const lost = ours.filter(([, { command }]) => !FILES.includes(command?.[1] ?? ''))
  expect(lost.map(([service, { command }]) => `${service}: ${String(command)}`)).toEqual([])
  const silent = ours.filter(
    ([service, { healthcheck }]) =>
      service !== 'migrate' && !healthcheck?.test.at(-1)?.endsWith('/readyz'),
  )
  expect(
    silent.map(([service]) => service),
    'add a healthcheck on /readyz',
  ).toEqual([])
})

/** What of a programme says where an exchange is. */
const PLACES = new Set(['host', 'webSocket', 'rest', 'url', 'noticeUrl'])

test('docker/programme.json is the pilot with the sandbox in the exchanges’ place', () => {
  const withoutPlaces = (path: string): unknown => ({
    ...JSON.parse(read(path), (key, value) => {
      // The sandbox's own codes: what Binance's are it tells its partners alone.
      if (key === 'unpublishedCodes') return undefined
      return PLACES.has(key) ? 'somewhere' : value
    }),
    name: 'some',
  })
  expect(withoutPlaces('docker/programme.json')).toEqual(
    withoutPlaces('packages/programme/pilot.json'),
  )
  expect(read('docker/programme.json')).not.toMatch(/"(host|webSocket|rest)": "(https|wss):/)
})

const INSTRUCTIONS = /^(FROM|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|CMD|ARG|LABEL|ENTRYPOINT) \S/

test('docker/Dockerfile copies what is there and does not run as root', () => {
  const lines = read('docker/Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  expect(lines.filter((line) => !INSTRUCTIONS.test(line))).toEqual([])
  const copied = lines.flatMap((line) => /^COPY (?!--from)(\S+) /.exec(line)?.[1] ?? [])
  const lost = copied.filter(
    (from) => from !== '.' && !FILES.some((path) => path === from || path.startsWith(`${from}/`)),
  )
  expect(lost, 'COPY names a path that the repository does not have').toEqual([])
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')))
  expect(lastStage).toContain('USER node')
})
