import type { ConfigValues } from '@animechain/observability'
import type { config } from './config.js'

/** The table of settings. */
export type Table = (typeof config)['table']
/** The settings of the node. */
export type Values = ConfigValues<Table>
