import assert from 'node:assert/strict'
import type { Exchange } from './coins.ts'
import type { Agreement, Conversion, Movement, Operation, Wallet } from './entries.ts'

/** How the book's values stand in the schema `exchange_sandbox`. BIGINT and NUMERIC come back as text. */

export type WalletRow = {
  readonly exchange: Exchange
  readonly wallet: string
  readonly agreement: (Omit<Agreement, 'singleLimit'> & { singleLimit: TextUnits }) | null
  readonly frozen: TextUnits | null
  readonly units: TextUnits
}

type TextUnits = Readonly<Record<string, string>>

export type OperationRow = {
  readonly number: string | number
  readonly exchange: Exchange
  readonly kind: 'debit' | 'credit'
  readonly party: string
  readonly reference: string
  readonly original_reference: string | null
  readonly from_wallet: string
  readonly to_wallet: string
  readonly asset: string
  readonly units: string
  readonly failure: string | null
  readonly settles_at: string | number
  readonly interim: string
  readonly executions: number
  readonly echo: Readonly<Record<string, string>>
  readonly at: string | number
}

export type MovementRow = {
  readonly sequence: string | number
  readonly operation: string | number
  readonly wallet: string
  readonly kind: 'debit' | 'credit'
}

/** `conversion` is the whole entry, with its units as text. */
export type ConversionRow = {
  readonly number: string | number
  readonly conversion: ConversionJson
}

type ConversionJson = Omit<Conversion, 'sold' | 'bought' | 'fee' | 'saving'> &
  Readonly<Record<'sold' | 'bought' | 'fee', { readonly asset: string; readonly units: string }>>

export function readConversion({ conversion }: ConversionRow): Conversion {
  const read = ({ asset, units }: ConversionJson['sold']) => ({ asset, units: BigInt(units) })
  const { sold, bought, fee, ...rest } = conversion
  return { ...rest, sold: read(sold), bought: read(bought), fee: read(fee) }
}

export function writeConversion(conversion: Conversion): ConversionRow {
  const write = ({ asset, units }: Conversion['sold']) => ({ asset, units: units.toString() })
  const { saving: _underWay, sold, bought, fee, ...rest } = conversion
  return {
    number: conversion.number,
    conversion: { ...rest, sold: write(sold), bought: write(bought), fee: write(fee) },
  }
}

export function readWallet({ exchange, wallet, agreement, frozen, units }: WalletRow): Wallet {
  return {
    exchange,
    id: wallet,
    ...(agreement === null ? {} : { agreement: readAgreement(agreement) }),
    ...(frozen === null ? {} : { frozen: readUnits(frozen) }),
    balances: new Map(Object.entries(readUnits(units))),
  }
}

export function writeWallet({ exchange, id, agreement, frozen, balances }: Wallet): WalletRow {
  return {
    exchange,
    wallet: id,
    agreement:
      agreement === undefined
        ? null
        : { ...agreement, singleLimit: writeUnits(Object.entries(agreement.singleLimit)) },
    frozen: frozen === undefined ? null : writeUnits(Object.entries(frozen)),
    units: writeUnits(balances),
  }
}

export function readOperation(row: OperationRow): Operation {
  return {
    number: Number(row.number),
    exchange: row.exchange,
    kind: row.kind,
    party: row.party,
    reference: row.reference,
    ...(row.original_reference === null ? {} : { originalReference: row.original_reference }),
    from: row.from_wallet,
    to: row.to_wallet,
    asset: row.asset,
    units: BigInt(row.units),
    ...(row.failure === null ? {} : { failure: row.failure }),
    settlesAt: Number(row.settles_at),
    interim: row.interim,
    executions: row.executions,
    echo: row.echo,
    at: Number(row.at),
    credited: 0n,
  }
}

export function writeOperation(operation: Operation): OperationRow {
  return {
    number: operation.number,
    exchange: operation.exchange,
    kind: operation.kind,
    party: operation.party,
    reference: operation.reference,
    original_reference: operation.originalReference ?? null,
    from_wallet: operation.from,
    to_wallet: operation.to,
    asset: operation.asset,
    units: operation.units.toString(),
    failure: operation.failure ?? null,
    settles_at: operation.settlesAt,
    interim: operation.interim,
    executions: operation.executions,
    echo: operation.echo,
    at: operation.at,
  }
}

export function readMovement(row: MovementRow, operations: readonly Operation[]): Movement {
  const operation = operations[Number(row.operation) - 1]
  assert(operation !== undefined, 'a movement belongs to an operation')
  return { sequence: Number(row.sequence), wallet: row.wallet, kind: row.kind, operation }
}

export function writeMovement({ sequence, wallet, kind, operation }: Movement): MovementRow {
  return { sequence, operation: operation.number, wallet, kind }
}

function readAgreement(row: NonNullable<WalletRow['agreement']>): Agreement {
  return { ...row, singleLimit: readUnits(row.singleLimit) }
}

function readUnits(units: TextUnits): Record<string, bigint> {
  return Object.fromEntries(Object.entries(units).map(([asset, text]) => [asset, BigInt(text)]))
}

function writeUnits(units: Iterable<readonly [string, bigint]>): TextUnits {
  return Object.fromEntries([...units].map(([asset, amount]) => [asset, amount.toString()]))
}
