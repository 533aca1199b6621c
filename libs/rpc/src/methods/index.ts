import { method, type MethodTable } from '../context.js'
import { blockMethods } from './blocks.js'
import { configMethods } from './config.js'
import { debugMethods } from './debug.js'
import { feeMethods } from './fees.js'
import { logMethods } from './logs.js'
import { netMethods } from './net.js'
import { optimismMethods } from './optimism.js'
import { simulateMethods } from './simulate.js'
import { stateMethods } from './state.js'
import { transactionMethods } from './transactions.js'
import { txpoolMethods } from './txpool.js'

const tables: MethodTable = {
  ...blockMethods,
  ...stateMethods,
  ...transactionMethods,
  ...feeMethods,
  ...configMethods,
  ...logMethods,
  ...simulateMethods,
  ...netMethods,
  ...txpoolMethods,
  ...debugMethods,
  ...optimismMethods,
}

/** Every method that the server answers. */
export const allMethods: MethodTable = {
  ...tables,
  rpc_modules: method([], () =>
    Object.fromEntries(
      [...new Set(Object.keys(tables).map((name) => name.split('_')[0]!))].map((name) => [name, '1.0']),
    ),
  ),
}
