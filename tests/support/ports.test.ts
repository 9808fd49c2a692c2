import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../setup/service.ts'
import { createPortFinder } from './ports.ts'

/** The lowest that Linux gives to those who ask for any port, unless it is told otherwise. */
const EPHEMERAL = 32_768

async function listenOn(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('passes a port on which somebody listens, and gives each other one in turn', async () => {
  const first = await findFreePort()
  const taken = await listenOn(first + 1)
  const find = createPortFinder({ first, count: 3 }, 0)
  const found = [await find(), await find(), await find()]
  expect(found).not.toContain(taken)
  expect(new Set(found).size).toBe(2)
})

test('says so when none is free', async () => {
  const taken = await listenOn(0)
  const find = createPortFinder({ first: taken, count: 1 }, 7)
  await expect(find()).rejects.toThrow('none of 1 ports')
})

test('nobody who asks the kernel for any port is given one that a test will take', async () => {
  const found = [await findFreePort(), await findFreePort(), await findFreePort()]
  expect(Math.max(...found)).toBeLessThan(EPHEMERAL)
  expect(Math.min(...found)).toBeGreaterThanOrEqual(12_000)
  expect(new Set(found).size).toBe(3)
})
