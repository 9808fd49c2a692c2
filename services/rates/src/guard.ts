/**
 * Every reason for which a price is refused. The word travels in the published rate, so that operators read the same
 * one in the log, in the metrics and on the screen.
 *
 * Of one tick alone: `not_a_price` (zero, negative, NaN, exponent, empty), `crossed` (ask below bid), `too_wide` (the
 * sides disagree by more than a spike), `implausible` (wrong order of magnitude: inverted or wrongly scaled).
 * Of a tick and what came before: `spike`. Of time: `silent`. Of the other sources: `far_from_median`, `off_peg`.
 */
export type Guard =
  | 'not_a_price'
  | 'crossed'
  | 'too_wide'
  | 'implausible'
  | 'spike'
  | 'silent'
  | 'far_from_median'
  | 'off_peg'

/** Limits in basis points (1 = 0.01 %) and milliseconds, as the programme sets them. */
export type GuardLimits = {
  readonly maximumAgeMs: number
  readonly spikeBasisPoints: number
  readonly medianBandBasisPoints: number
  /** How far a stablecoin may trade from another one, by asset; an asset that is not here has no peg. */
  readonly pegBandBasisPoints: ReadonlyMap<string, number>
}
