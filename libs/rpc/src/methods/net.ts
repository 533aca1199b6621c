import { keccak256 } from '@animechain/core'
import { method, type MethodTable } from '../context.js'
import { hex } from '../encode.js'
import { param } from '../params.js'

/** `net_` and `web3_`. */
export const netMethods: MethodTable = {
  net_version: method([], ({ backend }) => backend.chainConfig.chainId.toString()),
  net_listening: method([], () => true),
  // Nodes of a rollup meet on L1, not with each other.
  net_peerCount: method([], () => '0x0'),
  web3_clientVersion: method([], ({ clientVersion }) => clientVersion),
  web3_sha3: method([param.bytes], (_context, bytes) => hex(keccak256(bytes))),
}
