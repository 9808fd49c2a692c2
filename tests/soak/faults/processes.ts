import { setTimeout as delay } from 'node:timers/promises'
import type { Service } from '../../setup/service.ts'
import type { SoakHouse } from '../house.ts'
import type { Recorder } from '../recorder.ts'
import { between, type Strike } from './strike.ts'

const REVIVALS = 10
const SHORTEST_MS = 200

/** Every service of ours is killed, and held still for a while. */
export function processStrikes(
  house: SoakHouse,
  recorder: Recorder,
  longestFreezeMs: number,
): readonly Strike[] {
  const { authorizers, settlements, own } = house
  const services = [
    ...authorizers.map((service, process) => ({ name: 'authorizer', process, service })),
    ...settlements.map((service, index) => ({ name: 'settlement', process: 10 + index, service })),
    { name: 'rates', process: 20, service: own.parts.rates },
  ]
  return services.flatMap(({ name, process, service }) => {
    const target = `${name} ${process}`
    const weight = name === 'rates' ? 0.5 : 1
    const freeze = async (random: () => number) => {
      const at = Date.now()
      hold(service, 'SIGSTOP')
      try {
        await delay(between(SHORTEST_MS, longestFreezeMs, random))
      } finally {
        hold(service, 'SIGCONT')
        recorder.froze({ at, until: Date.now(), process })
      }
    }
    const kill = async () => {
      await service.stop('SIGKILL')
      await revive(service)
    }
    return [
      { name: `kill ${name}`, target, weight, run: kill },
      { name: `freeze ${name}`, target, weight, run: freeze },
    ]
  })
}

/** As a supervisor does it: what does not come up, while its database is away, is started again. */
export async function revive(service: Service): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await service.start()
      return
    } catch (error) {
      if (attempt >= REVIVALS) throw error
      await service.stop('SIGKILL')
    }
  }
}

function hold(service: Service, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const pid = service.pid()
  if (pid > 0) process.kill(pid, signal)
}
