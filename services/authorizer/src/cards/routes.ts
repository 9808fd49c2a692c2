import type { Route } from '../route.ts'
import { type CardPorts, putCard } from './put-card.ts'

/** How a bank provisions its cards. */
export function cardRoutes(ports: CardPorts): readonly Route[] {
  return [
    {
      method: 'PUT',
      url: '/v1/cards/:cardToken',
      name: 'put_card',
      answer: (call) => putCard(ports, call),
    },
  ]
}
