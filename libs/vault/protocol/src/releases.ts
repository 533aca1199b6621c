import type { Hash, Hex } from '@animechain/core'
import { concatHex, keccak256, numberToHex } from 'viem'
import type { ReleaseBinding } from './api.js'

/** keccak256 of `u8 index ‖ sealed share`. docs/spec/vault.md, section 4 */
export const sealedShareHash = ({ index, sealed }: { index: number; sealed: Hex }): Hash =>
  keccak256(concatHex([numberToHex(index, { size: 1 }), sealed]))

/** `share` of a receipt that released: what binds the node to the share that it gave and to the safe block that it went by. */
export const releaseHash = ({ sealed, safe }: ReleaseBinding): Hash => keccak256(concatHex([sealed, safe]))
