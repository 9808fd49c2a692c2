import {
  type NetworkKey,
  ORIGINAL_KINDS,
  type OriginalReference,
} from '@tolem/domain/authorization'
import { type AuthorizationId, parseAuthorizationId } from '@tolem/domain/ids'
import { z } from 'zod'
import { networkKeyShape, terminalId } from './fields.ts'

/** How a message names its original: by our id, or by the network key under which the original was sent. */
export const originalReference = z
  .union([
    z.strictObject({
      authorizationId: z
        .string()
        .refine(
          (text) => parseAuthorizationId(text) !== undefined,
          'an authorizationId as we answered it',
        ),
    }),
    z.strictObject({
      messageKind: z
        .enum(ORIGINAL_KINDS)
        .default('authorization')
        .meta({ description: 'what the original was: its MTI, the first part of DE90' }),
      ...networkKeyShape,
      terminalId,
    }),
  ])
  .meta({ description: 'DE90: by our id, or by the network key of the original' })

/** The original as the rules know it. */
export function toOriginal(given: z.output<typeof originalReference>): OriginalReference {
  if ('authorizationId' in given)
    return { kind: 'by_id', authorizationId: given.authorizationId as AuthorizationId }
  const { messageKind, ...networkKey } = given
  return { kind: 'by_key', messageKind, networkKey }
}

/** The network key out of the fields of a message that names its terminal by `terminalId`. */
export function toNetworkKey(message: NetworkKey): NetworkKey {
  const { acquirerId, terminalId: terminal, localDateTime } = message
  const { systemTraceAuditNumber, retrievalReferenceNumber } = message
  return {
    acquirerId,
    terminalId: terminal,
    systemTraceAuditNumber,
    retrievalReferenceNumber,
    localDateTime,
  }
}
