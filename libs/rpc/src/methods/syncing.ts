import type { Context } from '../context.js'

/** eth_syncing. A node of a rollup serves what it has derived: there is no mode of its own for catching up. */
export function syncing(_context: Context): false {
  return false
}
