import { afterAll, beforeAll, expect } from 'vitest'
import { type House, listLeftovers, makeHome, removeHome, startHouse } from '../setup/house.ts'
import { openStack, type Stack } from './stack.ts'

/** A house and its stack, once the file's tests run. */
export type OwnHouse = { readonly house: House; readonly stack: Stack }

/**
 * A whole Tolem for one file alone: for faults that strike everybody, and for counting everything. Gives what to call
 * inside a test. Stopped after the file, and nothing may be left of it.
 */
export function ownHouse(
  environmentFor: (home: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
): () => OwnHouse {
  let own: OwnHouse | undefined
  beforeAll(async () => {
    const home = await makeHome()
    const house = await startHouse(home, await environmentFor(home))
    own = { house, stack: openStack(house.demo) }
  }, 120_000)
  afterAll(async () => {
    if (!own) return
    const { house, stack } = own
    await stack.close()
    const { code } = await house.stop()
    expect({ code, leftovers: listLeftovers(house), printed: house.output() }).toMatchObject({
      code: 0,
      leftovers: [],
    })
    await removeHome(house.home)
  })
  return () => {
    if (!own) throw new Error('the house is open only while tests run')
    return own
  }
}
