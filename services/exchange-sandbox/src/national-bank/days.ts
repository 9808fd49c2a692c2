/** What someone planted for one day of the National Bank's feed. */
export type OfficialDay =
  | { readonly kind: 'dollar'; readonly tenge: string }
  | { readonly kind: 'empty' }
  /** The whole answer, whatever it is. */
  | { readonly kind: 'text'; readonly text: string }

/** Planted days by `YYYY-MM-DD`; a day that is not here is the feed's own. Kept by no restart. */
export type OfficialDays = Map<string, OfficialDay>
