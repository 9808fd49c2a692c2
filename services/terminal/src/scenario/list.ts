import { aDayAtTheShop } from '../scenarios/a-day-at-the-shop.ts'
import { atmNoCash } from '../scenarios/atm-no-cash.ts'
import { atmPartialDispense } from '../scenarios/atm-partial-dispense.ts'
import { cashbackRefused } from '../scenarios/cashback-refused.ts'
import { foreignCurrency } from '../scenarios/foreign-currency.ts'
import { fuel } from '../scenarios/fuel.ts'
import { hotel } from '../scenarios/hotel.ts'
import { lostCard } from '../scenarios/lost-card.ts'
import { repeatStorm } from '../scenarios/repeat-storm.ts'
import { reversalFirst } from '../scenarios/reversal-first.ts'
import { standInBurst } from '../scenarios/stand-in-burst.ts'
import { subscription } from '../scenarios/subscription.ts'
import type { Scenario } from './scenario.ts'

/** All scenarios, as `scenario --list` names them. Each file of the scenarios folder is one. */
export const SCENARIOS: readonly Scenario[] = [
  aDayAtTheShop,
  hotel,
  fuel,
  atmPartialDispense,
  atmNoCash,
  cashbackRefused,
  standInBurst,
  reversalFirst,
  repeatStorm,
  foreignCurrency,
  subscription,
  lostCard,
]
