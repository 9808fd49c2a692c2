import { type Controls, toRange } from './controls.ts'

type List = {
  readonly allow?: readonly string[] | undefined
  readonly deny?: readonly string[] | undefined
}

type Limit = {
  readonly window: { readonly kind: string }
  readonly amount?: unknown
  readonly count?: number | undefined
}

/** Controls in any notation of amounts: a bank's message has its own. */
type AnyControls = {
  readonly [Name in Exclude<keyof Controls, 'limits'>]?: List | undefined
} & { readonly limits?: readonly Limit[] | undefined }

/** What is wrong with controls, and where inside them. */
export type ControlsMistake = {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * Mistakes that no form of a single field shows: lists and limits that contradict themselves or do nothing. Whoever
 * takes controls in, from a programme or from a bank, refuses them with these.
 */
export function findControlsMistakes(controls: AnyControls): readonly ControlsMistake[] {
  const { limits = [], ...lists } = controls
  return [
    ...Object.entries(lists).flatMap(([name, list]) => findListMistakes(name, list ?? {})),
    ...limits.flatMap((limit, index) => findLimitMistakes(index, limit)),
  ]
}

function findListMistakes(name: string, list: List): ControlsMistake[] {
  const { allow = [], deny = [] } = list
  const denied = new Set(deny)
  const backwards = (['allow', 'deny'] as const).flatMap((side) =>
    (list[side] ?? []).flatMap((entry, index) =>
      isBackwards(entry)
        ? [{ path: [name, side, index], message: `${entry} ends before it begins` }]
        : [],
    ),
  )
  const both = allow
    .filter((entry) => denied.has(entry))
    .map((entry) => ({ path: [name], message: `${entry} is both allowed and denied` }))
  return name === 'merchantCategories' ? [...backwards, ...both] : both
}

/** Is this a range of codes whose end is below its beginning? */
export function isBackwards(entry: string): boolean {
  const { from, to } = toRange(entry)
  return to < from
}

function findLimitMistakes(index: number, limit: Limit): ControlsMistake[] {
  const path = ['limits', index]
  if (limit.amount === undefined && limit.count === undefined)
    return [{ path, message: 'limits nothing: it has neither an amount nor a count' }]
  if (limit.window.kind === 'transaction' && limit.count !== undefined)
    return [{ path: [...path, 'count'], message: 'one transaction counts nothing: give an amount' }]
  return []
}
