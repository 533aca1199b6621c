import type { Strategy } from '../match.js'
import { claims } from './claims.js'
import { collusion } from './collusion.js'
import { environment } from './environment.js'
import { rules } from './rules.js'
import { steps } from './steps.js'
import { timing } from './timing.js'

/** Every strategy of the zoo. */
export const strategies: readonly Strategy[] = [
  ...claims,
  ...steps,
  ...timing,
  ...collusion,
  ...environment,
  ...rules,
]
