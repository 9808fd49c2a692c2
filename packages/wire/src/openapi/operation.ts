import type { z } from 'zod'

/** A schema under the name that the description gives it. */
type Named = {
  readonly name: string
  readonly schema: z.ZodType
  /** By name; each is a value as it stands on the wire, and is tested against the schema. */
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>
}

/** One parameter of a query. */
type QueryParameter = { readonly name: string; readonly description: string }

/**
 * One call of the API: all that the description says of it. To add a call, write one of these into the file of its
 * subject in this folder, and name the file's list in `openapi.ts` if it is new.
 */
export type Operation = {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  readonly operationId: string
  readonly tag: 'Money' | 'Inquiries' | 'Cards'
  readonly summary: string
  readonly description: string
  /** The message in ISO 8583, where there is one. */
  readonly iso?: string
  /** What the same message gets when it comes again. */
  readonly repeats: string
  /** What it does to money. */
  readonly money: string
  readonly query?: readonly QueryParameter[]
  readonly request?: Named
  /** What statuses besides 200 say; the body is the same. */
  readonly otherStatuses?: Readonly<Partial<Record<201 | 202, string>>>
  readonly answer: Named
}
