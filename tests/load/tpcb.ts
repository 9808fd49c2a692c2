import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRandom } from '@tolem/testing/random'
import { Client } from 'pg'
import type { Cleanup } from './cleanup.ts'

/** PostgreSQL's own benchmark, TPC-B-like, prepared statements, on a server that is there. */
export type Tpcb = {
  /** What runs it, for the report. */
  readonly tool: string
  /** Runs for so many whole seconds and gives the transactions per second. */
  run(seconds: number): Promise<number>
}

export const TPCB_CLIENTS = 64

type TpcbParts = { readonly url: string; readonly scale: number; readonly cleanup: Cleanup }

/** Fills the tables. With `pgbench` on the PATH it is pgbench; else the same statements through the `pg` driver. */
export async function prepareTpcb(parts: TpcbParts): Promise<Tpcb> {
  return (await preparePgbench(parts)) ?? (await prepareEquivalent(parts))
}

async function preparePgbench({ url, scale, cleanup }: TpcbParts): Promise<Tpcb | undefined> {
  const pgbench = (words: readonly string[]) => runProgram('pgbench', [...words, url], cleanup)
  const version = await runProgram('pgbench', ['--version'], cleanup).catch(() => undefined)
  if (version === undefined) return undefined
  await pgbench(['--initialize', '--quiet', '--scale', String(scale)])
  const words = ['--protocol', 'prepared', '--client', String(TPCB_CLIENTS), '--jobs', '2']
  return {
    tool: `${version.trim()}, --protocol prepared --client ${TPCB_CLIENTS} --jobs 2 --scale ${scale}`,
    async run(seconds) {
      const report = await pgbench([...words, '--time', String(seconds)])
      const tps = /^tps = ([\d.]+)/m.exec(report)?.[1]
      if (tps === undefined) throw new Error(`pgbench told no tps:\n${report}`)
      return Number(tps)
    },
  }
}

async function runProgram(
  program: string,
  words: readonly string[],
  cleanup: Cleanup,
): Promise<string> {
  const child = spawn(program, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  if (child.pid !== undefined) cleanup.addChild(child)
  const [output, errors] = [collect(child, 'stdout'), collect(child, 'stderr')]
  const [status] = await ended
  if (status !== 0) throw new Error(`${program} ended with ${status}:\n${errors()}`)
  return output()
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr'): () => string {
  const chunks: Buffer[] = []
  child[name]?.on('data', (chunk: Buffer) => void chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

/** The tables and rows of `pgbench --initialize`, fillers included. */
const INITIALIZE = `
  CREATE TABLE branch (bid integer, bbalance integer, filler char(88));
  CREATE TABLE teller (tid integer, bid integer, tbalance integer, filler char(84));
  CREATE TABLE account (aid integer, bid integer, abalance integer, filler char(84));
  CREATE TABLE history
    (tid integer, bid integer, aid integer, delta integer, mtime timestamp, filler char(22));
  INSERT INTO branch SELECT n, 0, '' FROM generate_series(1, :scale) AS n;
  INSERT INTO teller SELECT n, (n - 1) / 10 + 1, 0, '' FROM generate_series(1, :scale * 10) AS n;
  INSERT INTO account
    SELECT n, (n - 1) / 100000 + 1, 0, '' FROM generate_series(1, :scale * 100000) AS n;
  ALTER TABLE branch ADD PRIMARY KEY (bid);
  ALTER TABLE teller ADD PRIMARY KEY (tid);
  ALTER TABLE account ADD PRIMARY KEY (aid);
`

async function prepareEquivalent({ url, scale, cleanup }: TpcbParts): Promise<Tpcb> {
  const clients = Array.from({ length: TPCB_CLIENTS }, () => new Client({ connectionString: url }))
  await Promise.all(clients.map((client) => client.connect()))
  cleanup.add(() => Promise.all(clients.map((client) => client.end())))
  await clients[0]?.query(INITIALIZE.replaceAll(':scale', String(scale)))
  await clients[0]?.query('VACUUM ANALYZE')
  return {
    tool: `NOT pgbench, which is not on the PATH: its statements by pg, ${TPCB_CLIENTS} clients, scale ${scale}`,
    async run(seconds) {
      const startedAt = performance.now()
      const endsAt = startedAt + seconds * 1_000
      const done = await Promise.all(clients.map((client) => repeat(client, scale, endsAt)))
      const total = done.reduce((sum, transactions) => sum + transactions, 0)
      return total / ((performance.now() - startedAt) / 1_000)
    },
  }
}

/** The transaction of pgbench's script, in its order. */
const STEPS = {
  change: 'UPDATE account SET abalance = abalance + $1 WHERE aid = $2',
  read: 'SELECT abalance FROM account WHERE aid = $1',
  pay: 'UPDATE teller SET tbalance = tbalance + $1 WHERE tid = $2',
  book: 'UPDATE branch SET bbalance = bbalance + $1 WHERE bid = $2',
  note: 'INSERT INTO history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, now())',
}

async function repeat(client: Client, scale: number, endsAt: number): Promise<number> {
  const ask = (name: keyof typeof STEPS, values: number[]) =>
    client.query({ name, text: STEPS[name], values })
  let done = 0
  for (; performance.now() < endsAt; done += 1) {
    const [aid, bid, tid] = [choose(100_000 * scale), choose(scale), choose(10 * scale)]
    const delta = choose(10_001) - 5_001
    await client.query('BEGIN')
    await ask('change', [delta, aid])
    await ask('read', [aid])
    await ask('pay', [delta, tid])
    await ask('book', [delta, bid])
    await ask('note', [tid, bid, aid, delta])
    await client.query('COMMIT')
  }
  return done
}

const random = createRandom(1)

function choose(upTo: number): number {
  return 1 + Math.floor(random() * upTo)
}
