import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to the database that can break. */
export type FrailNetwork = {
  readonly url: string
  readonly loseAnswer: (number: number) => void
  readonly wasLost: () => boolean
}

/**
 * A stretch of network before the database. `loseAnswer(n)` lets everything reach it, and cuts the connection instead
 * of carrying its n-th answer from now on back.
 */
export async function aFrailNetwork(
  url: string,
  atEnd: (close: () => void) => void,
): Promise<FrailNetwork> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let answersLeft = Number.POSITIVE_INFINITY
  const proxy = createServer((inner) => {
    const outer = connect(Number(port), hostname)
    for (const socket of [inner, outer]) sockets.add(socket.on('error', () => {}))
    inner.on('data', (bytes) => outer.write(bytes))
    outer.on('data', (bytes) => {
      answersLeft -= 1
      if (answersLeft > 0) return inner.write(bytes)
      answersLeft = Number.POSITIVE_INFINITY
      return inner.destroy()
    })
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const throughProxy = new URL(url)
  throughProxy.port = String((proxy.address() as AddressInfo).port)
  return {
    url: throughProxy.href,
    loseAnswer: (number: number) => {
      answersLeft = number
    },
    wasLost: () => answersLeft === Number.POSITIVE_INFINITY,
  }
}
