import type { L1Config } from '@animechain/contracts'
import { keccak256Hex, rollupChain } from '@animechain/core'
import { encodeRules, guestBinary } from '@animechain/execution-wasm'
import { loadProgram } from '@animechain/proving-machine'

/** What disputes about a chain of the `wasm` engine are decided by: its proof program as the machine loads it, and the hash of the chain's rules. */
export async function provenProgram(options: { chainId: bigint }): Promise<L1Config['proving']> {
  const { codeRoot, ramRoot, pages } = loadProgram(await guestBinary('proof'))
  return {
    program: { codeRoot, ramRoot, pages },
    rulesHash: keccak256Hex(encodeRules(rollupChain(options))),
  }
}
