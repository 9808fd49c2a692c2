import type { Route } from '../route.ts'
import {
  type CardPorts,
  getCard,
  putCard,
  putCardControls,
  putCardStatus,
  putCardWalletLink,
} from './cards.ts'
import { deleteWalletLink, getMandate, type MandatePorts, postMandate } from './mandates.ts'

const CARD = '/v1/cards/:cardToken'

/** How a bank provisions its cards. */
export function cardRoutes(ports: CardPorts & MandatePorts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: CARD,
      name: 'get_card',
      answer: (call) => getCard(ports, call),
    },
    {
      method: 'PUT',
      url: CARD,
      name: 'put_card',
      answer: (call) => putCard(ports, call),
    },
    {
      method: 'PUT',
      url: `${CARD}/status`,
      name: 'put_card_status',
      answer: (call) => putCardStatus(ports, call),
    },
    {
      method: 'PUT',
      url: `${CARD}/controls`,
      name: 'put_card_controls',
      answer: (call) => putCardControls(ports, call),
    },
    {
      method: 'PUT',
      url: `${CARD}/wallet-link`,
      name: 'put_card_wallet_link',
      answer: (call) => putCardWalletLink(ports, call),
    },
    {
      method: 'DELETE',
      url: `${CARD}/wallet-link`,
      name: 'delete_card_wallet_link',
      answer: (call) => deleteWalletLink(ports, call),
    },
    {
      method: 'POST',
      url: `${CARD}/mandates`,
      name: 'post_mandate',
      answer: (call) => postMandate(ports, call),
    },
    {
      method: 'GET',
      url: `${CARD}/mandates/:mandateId`,
      name: 'get_mandate',
      answer: (call) => getMandate(ports, call),
    },
  ]
}
