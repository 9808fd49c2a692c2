import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** One test as it ended: its file from the tree's root, its title, and why it failed. */
export type Ended = {
  readonly file: string
  readonly title: string
  readonly hasPassed: boolean
  readonly message: string
}

/** What became of a run of tests. `unloaded` are files of which no test could be run at all. */
export type Run = {
  readonly kind: 'ended'
  readonly tests: readonly Ended[]
  readonly unloaded: readonly string[]
}

/** Which tests to run in a copy. Without projects and files: the whole default suite. */
export type Asked = {
  readonly tree: string
  readonly projects: readonly string[]
  readonly files: readonly string[]
  readonly limitMs: number
  /** Is the first failure enough? */
  readonly stopsEarly: boolean
  readonly signal: AbortSignal
}

const TEST_TIMEOUT_MS = 30_000

/** Runs tests in a copy; nothing when they did not come to an end in time. */
export async function runTests(asked: Asked): Promise<Run | undefined> {
  const { tree, projects, files, stopsEarly } = asked
  const output = join(tree, 'test-results', 'planted.json')
  const parts = [
    join(tree, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...projects.map((project) => `--project=${project}`),
    ...files,
    // A busy machine must not pass for a test that caught something.
    `--testTimeout=${TEST_TIMEOUT_MS}`,
    '--reporter=json',
    `--outputFile=${output}`,
    ...(stopsEarly ? ['--bail=1'] : []),
  ]
  const { hasEnded } = await start(parts, asked)
  if (!hasEnded) return undefined
  const text = await readFile(output, 'utf8').catch(() => undefined)
  // Set-up failed, before any test.
  if (text === undefined) return { kind: 'ended', tests: [], unloaded: files }
  return readReport(JSON.parse(text) as Report, tree)
}

/** Checks the types of these files against all that they import; gives the compiler's words when they are wrong. */
export async function findTypeErrors(
  { tree, limitMs, signal }: Pick<Asked, 'tree' | 'limitMs' | 'signal'>,
  files: readonly string[],
): Promise<string | undefined> {
  const sources = files.filter((path) => path.endsWith('.ts'))
  if (sources.length === 0) return undefined
  const project = join(tree, 'tsconfig.planted.json')
  const content = { extends: './tsconfig.json', include: [], files: sources }
  await writeFile(project, JSON.stringify(content))
  const parts = [join(tree, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]
  const { hasEnded, code, said } = await start(parts, { tree, limitMs, signal })
  return hasEnded && code === 0 ? undefined : said.slice(0, 300)
}

/** How long a run that is ended may take to put away what it made. */
const LAST_WORDS_MS = 10_000

type Where = Pick<Asked, 'tree' | 'limitMs' | 'signal'>

/** Runs a program in a group of its own, so that all of it can be ended, and ends what it leaves behind. */
async function start(parts: readonly string[], { tree, limitMs, signal }: Where) {
  const child = spawn(process.execPath, parts, {
    cwd: tree,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000)
  })
  let hasEnded = true
  let last: NodeJS.Timeout | undefined
  const end = () => {
    hasEnded = false
    // Asked first, so that it drops the databases that it made.
    signalGroup(child.pid, 'SIGINT')
    last ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), LAST_WORDS_MS)
  }
  const timer = setTimeout(end, limitMs)
  signal.addEventListener('abort', end)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { hasEnded, code, said }
  } finally {
    clearTimeout(timer)
    clearTimeout(last)
    signal.removeEventListener('abort', end)
    signalGroup(child.pid, 'SIGKILL')
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended by itself, with all that it had started.
  }
}

type Report = {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    /** Why the file itself failed; empty also where the run had stopped before it. */
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

function readReport({ testResults }: Report, tree: string): Run {
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status, failureMessages }) => ({
        file: relative(tree, name),
        title: fullName.trim(),
        hasPassed: status === 'passed',
        message: (failureMessages ?? []).join('\n'),
      })),
  )
  const unloaded = testResults
    .filter(({ message, assertionResults }) => message !== '' && assertionResults.length === 0)
    .map(({ name }) => relative(tree, name))
  return { kind: 'ended', tests, unloaded }
}
