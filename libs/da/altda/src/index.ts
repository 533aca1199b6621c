export { altda, type AltDaOptions } from './altda.js'
export { announcing, maxAltDaBytes, type AnnouncingOptions } from './announcing.js'
export {
  decodeOpCommitment,
  keccakLayer,
  type LayerVerifier,
  type LayerVerifiers,
  type OpCommitment,
} from './commitment.js'
export {
  altDaContract,
  altDaStates,
  type AltDaContract,
  type AltDaL1Options,
  type AltDaState,
} from './contract.js'
export { altDaServer, type AltDaServer, type AltDaServerOptions } from './server.js'
export { memoryStore, type AltDaStore } from './store.js'
export type { RateBound } from './rate.js'
export { altDaWatch, type AltDaWatch, type AltDaWatchOptions } from './watch.js'
