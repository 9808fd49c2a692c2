import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ORIGINAL_KINDS, type OriginalKind } from '@tolem/domain/authorization'
import { adviceBody } from '@tolem/wire/advice'
import { authorizationBody, incrementBody } from '@tolem/wire/request'
import { z } from 'zod'
import type { SaleFields } from './messages/sale.ts'

/** A message that took money, or whose answer never came. */
export type Remembered = {
  readonly kind: OriginalKind
  readonly bank: string
  /** Absent when no answer came: then only the network key names it. */
  readonly authorizationId?: string | undefined
  /** What it came to, in tenge as decimal text. */
  readonly amount: string
  readonly body: SaleFields
}

/** The last message of each kind that a later one can be about. */
export type Memory = { readonly [Kind in OriginalKind]?: Remembered | undefined }

const noted = <Kind extends OriginalKind, Body extends z.ZodType<SaleFields>>(
  kind: Kind,
  body: Body,
) =>
  z.object({
    kind: z.literal(kind),
    bank: z.string(),
    authorizationId: z.string().optional(),
    amount: z.string(),
    body,
  })

const terminalFile = z.object({
  authorization: noted('authorization', authorizationBody).optional(),
  increment: noted('increment', incrementBody).optional(),
  advice: noted('advice', adviceBody).optional(),
})

/** The last messages from this home: none where there were none, or where their note cannot be read. */
export function readMemory(home: string): Memory {
  try {
    return terminalFile.parse(JSON.parse(readFileSync(pathIn(home), 'utf8')))
  } catch {
    // The note is a convenience: who asks for it says that there is none, and the id can still be given by hand.
    return {}
  }
}

/** Notes a message, whole or not at all, so that a later one can be about it without its id. */
export function remember(home: string, message: Remembered): void {
  mkdirSync(home, { recursive: true })
  const draft = `${pathIn(home)}.${randomUUID()}`
  const memory = { ...readMemory(home), [message.kind]: message }
  writeFileSync(draft, `${JSON.stringify(memory, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(draft, pathIn(home))
}

/** The last of one kind; without a kind, whatever opened a hold last: an authorization or an advice. */
export function lastOf(memory: Memory, kind: OriginalKind | undefined): Remembered | undefined {
  if (kind !== undefined) return memory[kind]
  const { authorization, advice } = memory
  if (!authorization || !advice) return authorization ?? advice
  return sentAt(advice) > sentAt(authorization) ? advice : authorization
}

/** The message that was answered with this id, if it is one of the last. */
export function findById(memory: Memory, authorizationId: string): Remembered | undefined {
  return ORIGINAL_KINDS.map((kind) => memory[kind]).find(
    (message) => message?.authorizationId === authorizationId,
  )
}

function sentAt({ body }: Remembered): number {
  return Date.parse(body.transmittedAt)
}

function pathIn(home: string): string {
  return join(home, 'terminal.json')
}
