/**
 * Every reason for which a price is refused. The word travels in the published rate, so that operators read the same
 * one in the log, in the metrics, in the history and on the screen.
 *
 * Of one tick alone: `not_a_price` (zero, negative, NaN, exponent, empty), `crossed` (ask below bid), `too_wide` (the
 * sides disagree by more than a spike), `implausible` (wrong order of magnitude: inverted or wrongly scaled).
 * Of a tick and what came before: `spike`, `volatile`. Of time: `silent`. Of the other sources: `far_from_median`,
 * `off_peg`, and `unconfirmed` while the first prices of a book have neither lasted nor a witness. Of the National
 * Bank's daily rate: `far_from_official`, and `no_official_rate` where the programme will not go on without one.
 */
export type Guard =
  | 'not_a_price'
  | 'crossed'
  | 'too_wide'
  | 'implausible'
  | 'spike'
  | 'silent'
  | 'far_from_median'
  | 'unconfirmed'
  | 'far_from_official'
  | 'no_official_rate'
  | 'off_peg'
  | 'volatile'

/** Limits in basis points (1 = 0.01 %) and milliseconds, as the programme sets them. */
export type GuardLimits = {
  readonly maximumAgeMs: number
  readonly spikeBasisPoints: number
  readonly medianBandBasisPoints: number
  /** How far a stablecoin may trade from another one, by asset; an asset that is not here has no peg. */
  readonly pegBandBasisPoints: ReadonlyMap<string, number>
  /** How far a coin that stands for a dollar may trade from the National Bank's dollar; absent: that is not asked. */
  readonly officialRate?:
    | { readonly bandBasisPoints: number; readonly isRequired: boolean }
    | undefined
}
