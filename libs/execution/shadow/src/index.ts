export {
  differenceJson,
  type BlockDifference,
  type DifferentField,
  type DifferentTransaction,
} from './difference.js'
export { shadow, type ShadowEngine, type ShadowOptions, type ShadowStatus } from './shadow.js'
