import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from '../../support/tcp-proxy.ts'
import type { SoakHouse } from '../house.ts'
import { between, choose, type Strike } from './strike.ts'

const LASTS_MS = [300, 3_000] as const
/** Of the exchange's: what a wire holds back for longer would arrive after "not found" was final. */
const LONGEST_STALL_MS = 1_500

const FAULTS: readonly Fault[] = [
  { kind: 'slow', requestsMs: 40, repliesMs: 80, jitterMs: 60 },
  { kind: 'stall' },
  { kind: 'swallow' },
  { kind: 'truncate', afterBytes: 2_000 },
  { kind: 'refuse' },
]

/** What happens on the way between the services and what they need: cuts, silence, lost replies, half an end. */
export function wireStrikes({ wires }: SoakHouse): readonly Strike[] {
  return [...wires].flatMap(([name, wire]): Strike[] => {
    const target = `wire ${name}`
    const lasting = FAULTS.map((fault): Strike => {
      const longest = name === 'exchanges' ? LONGEST_STALL_MS : LASTS_MS[1]
      const run = async (random: () => number) => {
        await wire.set(fault)
        if (fault.kind === 'refuse') wire.cut()
        try {
          await delay(between(LASTS_MS[0], longest, random))
        } finally {
          await wire.set({ kind: 'pass' })
        }
      }
      return { name: `${target} ${fault.kind}`, target, weight: 0.3, run }
    })
    const cut = async () => wire.cut()
    const halfClose = async (random: () => number) =>
      wire.halfClose(choose(['client', 'server'] as const, random))
    return [
      ...lasting,
      { name: `${target} cut`, target, weight: 0.4, run: cut },
      { name: `${target} half-closed`, target, weight: 0.3, run: halfClose },
    ]
  })
}
