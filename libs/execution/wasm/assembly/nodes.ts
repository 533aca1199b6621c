// Trie nodes by hash: from the host in the node build, from preimages in the proof build.

import * as preimages from './preimages'

/** Size of the node with this hash, -1 when the host does not have it. */
// @ts-ignore: decorator
@external('host', 'nodeSize')
declare function hostNodeSize(hash: usize): i32
/** Writes the node (`size` bytes, as `nodeSize` said). */
// @ts-ignore: decorator
@external('host', 'readNode')
declare function hostReadNode(hash: usize, out: usize, size: i32): void

// @ts-ignore: decorator
@inline
export function nodeSize(hash: usize): i32 {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) return preimages.nodeSize(hash)
  else return hostNodeSize(hash)
}

// @ts-ignore: decorator
@inline
export function readNode(hash: usize, out: usize, size: i32): void {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) preimages.readNode(hash, out, size)
  else hostReadNode(hash, out, size)
}
