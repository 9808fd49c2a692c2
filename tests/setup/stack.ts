import assert from 'node:assert'
import type { TestProject } from 'vitest/node'
import { audit, untilSettled } from '../support/audit.ts'
import { createSandbox } from '../support/sandbox.ts'
import { type House, listLeftovers, makeHome, removeHome, startHouse } from './house.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the running stack keeps `demo.json` and `database.json`. */
    readonly tolemHome: string
    readonly tolemAdminUrl: string
  }
}

let house: House | undefined

/** The whole of Tolem as one process, as `npm start` runs it, once for all acceptance tests. */
export async function setup(project: TestProject): Promise<void> {
  house = await startHouse(await makeHome())
  project.provide('tolemHome', house.home)
  project.provide('tolemAdminUrl', house.adminUrl)
}

/** Longer than the longest time after which an exchange's "not found" is final. */
const SETTLED_WITHIN_MS = 60_000

/**
 * Whatever all the files did to the one stack: in the end nothing is in doubt, and the exchange and the ledger agree.
 * Then Ctrl-C, after which nothing may be left.
 */
export async function teardown(): Promise<void> {
  if (!house) return
  try {
    await compareBooks(house)
  } finally {
    const { code } = await house.stop('SIGINT')
    const leftovers = listLeftovers(house)
    await removeHome(house.home)
    assert.deepEqual({ code, leftovers }, { code: 0, leftovers: [] }, house.output())
  }
}

async function compareBooks({ database, demo }: House): Promise<void> {
  await untilSettled(database.url, SETTLED_WITHIN_MS)
  const { mistakes, ...counts } = await audit(database.url, createSandbox(demo.sandboxUrl))
  console.log(`acceptance: exchange and ledger compared: ${JSON.stringify(counts)}`)
  assert.deepEqual(mistakes, [], 'the exchange and the ledger do not agree')
}
