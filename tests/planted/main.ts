import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PLANTED, type Planted } from './manifest.ts'
import { type Patch, readPatches } from './patches.ts'
import { type Trial, trialLine, trialTable } from './report.ts'
import { type Asked, runTests } from './runs.ts'
import { makeTree } from './tree.ts'
import { type Passing, testKey, tryPatch } from './try-patch.ts'

/**
 * `npm run test:planted`: plants known mistakes one at a time, each in a throw-away copy of the repository, and expects
 * a test that passes without it to fail.
 */

const USAGE = `npm run test:planted [-- [--all] [--list] [NAME…]]

  NAME    only these mistakes; the name of a patch in tests/planted, or a part of it
  --all   run the whole default suite against each, not only the tests that the manifest names
  --list  tell the mistakes and end`

/** The tests of a mistake take seconds; whatever takes as long as this hangs. */
const LIMIT_MS = 180_000
const LIMIT_OF_ALL_MS = 30 * 60_000

/** What the default suite runs, but for the tidy tests: those look at the text of a source, not at what it does. */
const PROJECTS = ['unit', 'integration', 'acceptance'] as const

const { values: given, positionals: names } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

type Mistake = { readonly patch: Patch; readonly planted: Planted }

async function main(): Promise<number> {
  const mistakes = chooseMistakes()
  if (given.help || given.list) {
    const told = mistakes.map(({ patch }) => `${patch.name}\n${indented(patch.header)}`)
    say(given.help ? USAGE : told.join('\n\n'))
    return 0
  }
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interruption.abort())
  const directory = await mkdtemp(join(tmpdir(), 'tolem-planted-'))
  try {
    return await tryAll(mistakes, directory, interruption.signal)
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function tryAll(
  mistakes: readonly Mistake[],
  directory: string,
  signal: AbortSignal,
): Promise<number> {
  // Inherited by every run of tests.
  const seed = (process.env['SEED'] ??= String(Date.now() % 1_000_000))
  const limitMs = given.all ? LIMIT_OF_ALL_MS : LIMIT_MS
  const common = { tree: join(directory, 'tree'), limitMs, signal }
  const passing = await findPassing(mistakes, common)
  const trials: Trial[] = []
  for (const { patch, planted } of mistakes) {
    if (signal.aborted) break
    const tests = given.all ? ALL_TESTS : { projects: [planted.project], files: planted.files }
    const startedAt = performance.now()
    const verdict = await tryPatch(patch, { ...common, ...tests, stopsEarly: true }, passing)
    const trial = { name: patch.name, verdict, seconds: (performance.now() - startedAt) / 1_000 }
    if (signal.aborted) break
    trials.push(trial)
    say(trialLine(trial))
  }
  return tell(trials, mistakes.length, seed)
}

const ALL_TESTS = { projects: PROJECTS, files: [] }

/** The tests that pass without a patch: one that is broken anyway catches nothing. */
async function findPassing(
  mistakes: readonly Mistake[],
  common: Omit<Asked, 'projects' | 'files' | 'stopsEarly'>,
): Promise<Passing> {
  await makeTree(common.tree)
  const passing = new Set<string>()
  for (const project of PROJECTS) {
    const needed = mistakes.filter(({ planted }) => planted.project === project)
    const files = [...new Set(needed.flatMap(({ planted }) => planted.files))]
    if (files.length === 0 && !given.all) continue
    const asked = { projects: [project], files: given.all ? [] : files, stopsEarly: false }
    const run = await runTests({ ...common, ...asked, limitMs: LIMIT_OF_ALL_MS })
    const tests = run?.tests ?? []
    for (const test of tests) if (test.hasPassed) passing.add(testKey(test))
    const broken = tests.filter(({ hasPassed }) => !hasPassed)
    say(`without a patch, ${project}: ${tests.length - broken.length} tests pass`)
    for (const test of broken) say(`  fails without a patch: ${test.title} (${test.file})`)
    for (const file of run?.unloaded ?? []) say(`  does not load without a patch: ${file}`)
  }
  return passing
}

function tell(trials: readonly Trial[], asked: number, seed: string): number {
  const caught = trials.filter(({ verdict }) => verdict.kind === 'caught').length
  say(trialTable(trials))
  const untried = asked > trials.length ? `, ${asked - trials.length} not tried` : ''
  say(
    `planted: ${asked} mistakes, ${caught} caught, ${trials.length - caught} not${untried}; SEED=${seed}`,
  )
  return caught === asked && asked > 0 ? 0 : 1
}

function chooseMistakes(): readonly Mistake[] {
  const mistakes = readPatches().map((patch) => {
    const planted = PLANTED.find(({ name }) => name === patch.name)
    if (!planted) throw new Error(`${patch.name} is not in the manifest`)
    return { patch, planted }
  })
  if (names.length === 0) return mistakes
  const chosen = mistakes.filter(({ patch }) => names.some((name) => patch.name.includes(name)))
  const unknown = names.filter((name) => !chosen.some(({ patch }) => patch.name.includes(name)))
  if (unknown.length > 0) throw new Error(`no mistake is called ${unknown.join(', ')}`)
  return chosen
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

process.exitCode = await main()
