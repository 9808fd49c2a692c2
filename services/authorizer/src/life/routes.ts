import type { Route } from '../route.ts'
import { type AdvisePorts, advise } from './advise.ts'
import { type ClearPorts, clear } from './clear.ts'
import { type RefundPorts, refund } from './refund.ts'
import { type ReversePorts, reverse } from './reverse.ts'

/** What the messages about earlier ones are joined with. */
export type LifePorts = AdvisePorts & ClearPorts & RefundPorts & ReversePorts

/** The messages about money that was asked for before, here or at the bank. */
export function lifeRoutes(ports: LifePorts): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/v1/advices',
      name: 'advise',
      answer: (call) => advise(ports, call),
    },
    {
      method: 'POST',
      url: '/v1/reversals',
      name: 'reverse',
      answer: (call) => reverse(ports, call),
    },
    {
      method: 'POST',
      url: '/v1/clearings',
      name: 'clear',
      answer: (call) => clear(ports, call),
    },
    {
      method: 'POST',
      url: '/v1/refunds',
      name: 'refund',
      answer: (call) => refund(ports, call),
    },
  ]
}
