import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Figures } from '../load/figures.ts'

const BENCH = join(import.meta.dirname, '..', 'load', 'bench.ts')
const WORDS = '--seconds 1 --connections 8 --cards 20 --scale 1 --json'.split(' ')

test('the benchmark runs by itself, and its figures agree with each other', {
  timeout: 120_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...WORDS])
  const figures: Figures = JSON.parse(stdout)
  const { steps, verification, pgbench } = figures

  expect(steps.map((step) => step.connections)).toEqual([8])
  for (const step of steps) {
    expect(step.approved).toBeGreaterThan(0)
    expect(step.seconds).toBeGreaterThanOrEqual(1)
    const rate = (step.approved + step.declined) / step.seconds
    expect(step.authorizationsPerSecond).toBeCloseTo(rate, 6)
    expect(step.ratio).toBeCloseTo(rate / pgbench.tps, 6)
    expect(step.p50Ms).toBeGreaterThan(0)
    expect(step.p50Ms).toBeLessThanOrEqual(step.p99Ms)
    expect(step.p99Ms).toBeLessThanOrEqual(step.longestMs)
    // Little's law: what is under way is what arrives in a second times how long it stays.
    const underWay = (rate * step.p50Ms) / 1_000
    expect(underWay).toBeLessThanOrEqual(2 * step.connections)
    expect(step.errors).toEqual({})
  }
  const rates = steps.map((step) => step.authorizationsPerSecond)
  expect(figures.authorizationsPerSecond).toBe(Math.max(...rates))
  expect(figures.ratio).toBeCloseTo(figures.authorizationsPerSecond / pgbench.tps, 6)

  const approved = steps.reduce((sum, step) => sum + step.approved, 0)
  expect(verification.approvals).toBeGreaterThan(approved)
  expect(verification.debitedOnce).toBe(verification.approvals)
  expect(verification.executedTwice).toBe(0)
  expect(verification.isRight).toBe(true)
})

test('the benchmark says what is wrong with its options and starts nothing', async () => {
  const run = promisify(execFile)(process.execPath, [BENCH, '--connections', 'many'])
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--connections: whole numbers'),
  })
})
