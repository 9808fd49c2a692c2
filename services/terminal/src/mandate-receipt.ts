import type { MandateAnswer } from '@tolem/wire/mandate'
import { renderUnicodeCompact } from 'uqr'
import { labelled } from './lines.ts'
import type { Paint } from './shell.ts'

/** What the cardholder signs by: the link, and its code to be scanned from the screen. */
export function tellOffer(mandate: MandateAnswer, isFollowed: boolean): string {
  const { mandateId, link = '', qrCode = link, expiresAt = '' } = mandate
  const waiting = 'Waiting until it is signed. Ctrl-C stops waiting; the link stays good.'
  return [
    '',
    labelled('Mandate', `${mandateId}, ${mandate.exchange}, ${mandate.assets.join(' then ')}`),
    labelled('Link', link),
    labelled('Sign until', expiresAt),
    '',
    renderUnicodeCompact(qrCode),
    '',
    ...(isFollowed ? [waiting, ''] : []),
  ].join('\n')
}

/** How it stands when nobody follows it any more. */
export function tellEnd(mandate: MandateAnswer, paint: Paint): string {
  const { status, reason, walletId = '' } = mandate
  const isSigned = status === 'signed'
  const word = isSigned ? paint.good(status) : paint.strong(status)
  const why = reason === undefined ? '' : `, ${reason}`
  return `${labelled('Status', `${word}${why}${isSigned ? `: wallet ${walletId} pays from now` : ''}`)}\n\n`
}
