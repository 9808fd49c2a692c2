import { expect, test } from 'vitest'
import { isTestCode, workspaceOf } from './repository.ts'
import { at, isNode, type Node, parseSources, type Source, walk } from './sources.ts'

type Place = { readonly source: Source; readonly node: Node }

const SOURCES = parseSources()
const PLACES_BY_TYPE = indexNodes(SOURCES)

/** A tool that insists on a default export. */
const DEFAULT_EXPORT = 'vitest.config.ts'

/** Whose work it is to read the environment: the entry of each process, and of a test run. */
const READS_ENVIRONMENT = [
  /^services\/[^/]+\/src\/(clearing-file\/)?main\.ts$/,
  /^packages\/testing\/src\/backends\.ts$/,
  /^tests\/(setup|load|acceptance|conformance|planted)\//,
  /^docker\/migrate\.ts$/,
  /^vitest\.config\.ts$/,
]

/** Where the real source of randomness is handed in. services/local composes all services in two files of its own. */
const BRINGS_RANDOMNESS = /\/src\/(main|compose)\.ts$|^services\/local\/src\/(house|run)\.ts$/

/** The last word of a name that holds money. Rates and scales are not amounts. */
const AMOUNT_WORD =
  /(amount|balance|minor|minorUnits|tenge|tiyn|satoshi|fee|total|exposure|held|owed)s?$/i

test('exports have names', () => {
  const wrong = places('ExportDefaultDeclaration').filter(
    ({ source }) => source.path !== DEFAULT_EXPORT,
  )
  expect(
    wrong.map(describe),
    'name the export: one name for one thing, found by one search',
  ).toEqual([])
})

test('a file exports only what it defines', () => {
  const wrong = [
    ...places('ExportAllDeclaration'),
    ...places('ExportNamedDeclaration').filter(({ node }) => isNode(node['source'])),
  ]
  expect(
    wrong.map(describe),
    'no barrel files: add the defining file to the exports map of package.json',
  ).toEqual([])
})

test('no type is any', () => {
  expect(
    places('TSAnyKeyword').map(describe),
    'say what it is; where the outside world decides, take unknown and parse it',
  ).toEqual([])
})

test('an amount never becomes a binary floating-point number', () => {
  const converted = places('CallExpression').filter(
    ({ node }) => nameOf(node['callee']) === 'Number' && isAmount((node['arguments'] as Node[])[0]),
  )
  const signed = places('UnaryExpression').filter(
    ({ node }) => node['operator'] === '+' && isAmount(node['argument']),
  )
  expect(
    [...converted, ...signed].filter(({ source }) => !isTestCode(source.path)).map(describe),
    'above 2^53 a number loses tiyns: stay in bigint and @tolem/money; what is no amount needs another name',
  ).toEqual([])
})

test('nothing parses text with parseFloat', () => {
  const wrong = places('Identifier').filter(({ node }) => node['name'] === 'parseFloat')
  expect(
    wrong.map(describe),
    'parseFloat accepts rubbish at the end and loses digits: parse amounts and rates with @tolem/money',
  ).toEqual([])
})

test('randomness is handed in', () => {
  const wrong = members('Math.random').filter(({ source }) => !BRINGS_RANDOMNESS.test(source.path))
  expect(
    wrong.map(describe),
    'take a random function as a dependency, given in main.ts or compose.ts: tests must be repeatable',
  ).toEqual([])
})

test('the environment is read by main.ts alone', () => {
  const wrong = members('process.env').filter(
    ({ source }) => !READS_ENVIRONMENT.some((pattern) => pattern.test(source.path)),
  )
  expect(
    wrong.map(describe),
    'declare the variable in config.ts and pass the value down from main.ts',
  ).toEqual([])
})

test('pure packages know no clock and no randomness', () => {
  const isPure = ({ source }: Place): boolean =>
    (workspaceOf(source.path)?.tags.includes('pure') ?? false) && !isTestCode(source.path)
  const asked = ['Date.now', 'performance.now', 'crypto.randomUUID', 'Math.random'].flatMap(members)
  const now = places('NewExpression').filter(
    ({ node }) => nameOf(node['callee']) === 'Date' && (node['arguments'] as Node[]).length === 0,
  )
  expect(
    [...asked, ...now].filter(isPure).map(describe),
    'take the instant or the random value as an argument',
  ).toEqual([])
})

test('every test runs', () => {
  const wrong = ['it', 'test', 'describe', 'suite'].flatMap((name) =>
    ['only', 'skip', 'todo', 'fails'].flatMap((modifier) => members(`${name}.${modifier}`)),
  )
  expect(
    wrong.map(describe),
    'a test that does not run proves nothing: repair it or remove it with its reason in the commit',
  ).toEqual([])
})

test('titles of tests state a guarantee', () => {
  const wrong = places('CallExpression').filter(({ node }) => {
    if (!/^(it|test|describe)(\.each|\.for)?$/.test(rootNameOf(node['callee']))) return false
    return /\b(should|works)\b/i.test(titleOf(node))
  })
  expect(
    wrong.map(({ source, node }) => `${at(source, node.start)} ${titleOf(node)}`),
    'write what holds, in the present tense: "declines …", "replays …"',
  ).toEqual([])
})

function indexNodes(sources: readonly Source[]): ReadonlyMap<string, readonly Place[]> {
  const index = new Map<string, Place[]>()
  for (const source of sources)
    walk(source, (node) => {
      const known = index.get(node.type)
      if (known) known.push({ source, node })
      else index.set(node.type, [{ source, node }])
    })
  return index
}

function places(type: string): readonly Place[] {
  return PLACES_BY_TYPE.get(type) ?? []
}

/** Where `object.property` is written. */
function members(name: string): readonly Place[] {
  return places('MemberExpression').filter(
    ({ node }) => `${nameOf(node['object'])}.${nameOf(node['property'])}` === name,
  )
}

/** The last identifier of an expression: `total` of `a.b.total`, `fee` of `fee`, `balanceOf` of `balanceOf(x)`. */
function nameOf(value: unknown): string {
  if (!isNode(value)) return ''
  if (value.type === 'Identifier') return String(value['name'])
  return nameOf(value['property'] ?? value['callee'])
}

function isAmount(value: unknown): boolean {
  return AMOUNT_WORD.test(nameOf(value))
}

/** `it` of `it(…)`, `it.each` of `it.each(rows)(…)`. */
function rootNameOf(callee: unknown): string {
  if (!isNode(callee)) return ''
  if (callee.type === 'CallExpression') return rootNameOf(callee['callee'])
  if (callee.type === 'TaggedTemplateExpression') return rootNameOf(callee['tag'])
  if (callee.type !== 'MemberExpression') return nameOf(callee)
  return `${nameOf(callee['object'])}.${nameOf(callee['property'])}`
}

function titleOf(call: Node): string {
  const [title] = call['arguments'] as Node[]
  if (title?.type === 'Literal') return String(title['value'])
  if (title?.type !== 'TemplateLiteral') return ''
  return (title['quasis'] as { value: { raw: string } }[]).map(({ value }) => value.raw).join('…')
}

function describe({ source, node }: Place): string {
  return `${at(source, node.start)} ${source.text.slice(node.start, node.end).split('\n')[0]}`
}
