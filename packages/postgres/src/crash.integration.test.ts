import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, onTestFinished, test } from 'vitest'
import { startEmbeddedPostgres } from './embedded.ts'
import { PostgresFault } from './fault.ts'
import { createPostgres } from './pool.ts'

const CREATE = { name: 'create', text: 'CREATE TABLE kept (id INT PRIMARY KEY)' }
const INSERT = { name: 'insert', text: 'INSERT INTO kept VALUES ($1)' }
const LIST = { name: 'list', text: 'SELECT id FROM kept' }

test('through kill -9 of the server under load every caller gets a true answer in time', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'crash-test-'))
  let server = await startEmbeddedPostgres({ directory, durable: true })
  onTestFinished(async () => {
    await server.stop()
    await rm(directory, { recursive: true })
  })
  const { port } = new URL(server.tcpUrl)
  const postgres = createPostgres({
    url: server.tcpUrl,
    poolSize: 8,
    acquireTimeoutMs: 300,
    statementTimeoutMs: 500,
    lockTimeoutMs: 150,
    applicationName: 'crash-test',
    onFault: () => {},
  })
  onTestFinished(() => postgres.close())
  await postgres.run(CREATE, [])

  const lag = monitorEventLoopDelay({ resolution: 10 })
  lag.enable()
  onTestFinished(() => void lag.disable())
  const committed = new Set<number>()
  const refused = new Set<number>()
  let longestMs = 0
  let next = 0
  const load = { stopped: false }
  onTestFinished(() => {
    load.stopped = true
  })
  async function keepInserting(): Promise<void> {
    while (!load.stopped) {
      const id = next++
      const started = performance.now()
      try {
        await postgres.run(INSERT, [id])
        committed.add(id)
      } catch (error) {
        expect(error).toBeInstanceOf(PostgresFault)
        if (!(error as PostgresFault).maybeCommitted) refused.add(id)
      }
      longestMs = Math.max(longestMs, performance.now() - started)
    }
  }
  const callers = Array.from({ length: 16 }, keepInserting)
  for (let kills = 0; kills < 5; kills += 1) {
    const before = committed.size
    await expect.poll(() => committed.size, { timeout: 10_000 }).toBeGreaterThan(before + 100)
    const pid = Number.parseInt(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8'), 10)
    process.kill(pid, 'SIGKILL')
    await server.stop()
    server = await startEmbeddedPostgres({ directory, durable: true, port: Number(port) })
    await expect.poll(() => postgres.isReachable(), { timeout: 10_000 }).toBe(true)
  }
  load.stopped = true
  await Promise.all(callers)

  const kept = new Set((await postgres.run<{ id: number }>(LIST, [])).map((row) => row.id))
  expect([...committed].filter((id) => !kept.has(id))).toEqual([])
  expect([...refused].filter((id) => kept.has(id))).toEqual([])
  // The wait for a connection, the statement and its reply, and the scheduling of a busy machine, where the server may
  // stand as well as we.
  expect(longestMs).toBeLessThan(300 + 750 + 1_000 + lag.max / 1e6)
})
