import type { MessageHeaders } from './signature-base.ts'
import { readSignatures, type StatedSignature } from './signature-fields.ts'

/** Why no signature can be chosen, in order of precedence. */
type ChoiceFlaw =
  | 'signature_missing'
  | 'signature_malformed'
  | 'keyid_missing'
  | 'key_unknown'
  | 'key_ambiguous'

/** A signature together with what is known of the key that it names. */
type ChosenSignature<Known> = { readonly signature: StatedSignature; readonly known: Known }

/**
 * The first signature of a message whose key we know. A second one by the same owner is no reason
 * to refuse: a bank that changes keys may sign with both.
 */
export function chooseSignature<Known extends { readonly owner: unknown }>(
  headers: MessageHeaders,
  findKey: (keyId: string) => Known | undefined,
): ChosenSignature<Known> | ChoiceFlaw {
  const signatures = readSignatures(headers)
  if (signatures === undefined) return 'signature_missing'
  if (signatures.length === 0) return 'signature_malformed'
  if (signatures.every(({ keyId }) => keyId === undefined)) return 'keyid_missing'
  const candidates = signatures.flatMap((signature) => {
    const known = signature.keyId === undefined ? undefined : findKey(signature.keyId)
    return known === undefined ? [] : [{ signature, known }]
  })
  const [first] = candidates
  if (first === undefined) return 'key_unknown'
  const hasOneOwner = candidates.every(({ known }) => known.owner === first.known.owner)
  return hasOneOwner ? first : 'key_ambiguous'
}
