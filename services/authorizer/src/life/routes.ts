import type { Route } from '../route.ts'
import { type ReversePorts, reverse } from './reverse.ts'

/** What the messages about earlier ones are joined with. */
export type LifePorts = ReversePorts

/** The messages about money that was asked for before. */
export function lifeRoutes(ports: LifePorts): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/v1/reversals',
      name: 'reverse',
      answer: (call) => reverse(ports, call),
    },
  ]
}
