import { expect, test } from 'vitest'
import { BUS_CONTRACT } from './bus.contract.ts'
import { createLocalBus } from './bus.ts'

test.each(BUS_CONTRACT)('in one process $guarantee', async ({ check }) => {
  let nowMs = 0
  const bus = createLocalBus({ now: () => nowMs })
  const letPass = (ms: number): void => {
    nowMs += ms
  }
  await expect(check({ bus, other: bus, letPass })).resolves.toBeUndefined()
})
