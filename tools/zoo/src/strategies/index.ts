import type { Strategy } from '../match.js'
import { claims } from './claims.js'

export const strategies: readonly Strategy[] = [...claims]
