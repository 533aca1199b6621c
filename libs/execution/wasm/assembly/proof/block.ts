// One block whose input is given whole, of any chain, plain Ethereum included: what holds the proof build to official test vectors. Nothing
// is proven with it on L1: there an input is what the inbox derives (batches.ts).
//
// Inputs: 0 output root of the parent, 1 keccak256 of the block's input, 2 keccak256 of the chain's rules (chain.ts). The block's input is
//
//   rlp([timestamp, beneficiary, gasLimit, prevRandao, extraData, parentBeaconBlockRoot, systemCalls, baseFee, excessBlobGas, withdrawals,
//        transactions])
//
// where baseFee is a list, empty where EIP-1559 decides, and withdrawals are [index, validator, address, amount].
//
// Output: the output root of the block. A trap is a block that cannot exist.

import * as b from '../build'
import * as c from '../evm/context'
import * as chain from './chain'
import * as r from '../receipt'
import * as rlp from '../rlp'
import { alloc } from '../memory'

export function run(): void {
  chain.readAgreed()
  chain.readRules(2)
  chain.enterInput(1)
  const listEnd = chain.end
  const time = chain.number64()
  const rest = chain.at
  chain.nextBlock(time)
  chain.moveTo(rest, listEnd)
  chain.fixed(c.BLOCK + c.BLOCK_BENEFICIARY, 20)
  store<u64>(c.BLOCK, chain.number64(), c.BLOCK_GAS_LIMIT)
  chain.fixed(c.BLOCK + c.BLOCK_PREV_RANDAO, 32)
  chain.check(rlp.readString(chain.at, listEnd) && rlp.length <= 32)
  memory.copy(b.HEADER + r.HEADER_EXTRA, rlp.payload, rlp.length)
  store<u32>(b.HEADER, rlp.length, r.HEADER_EXTRA_LEN)
  chain.moveTo(rlp.next, listEnd)
  chain.fixed(c.BLOCK + c.BLOCK_BEACON_ROOT, 32)
  store<u32>(c.BLOCK, u32(chain.number64() != 0), c.BLOCK_SYSTEM_CALLS)
  chain.check(rlp.readList(chain.at, listEnd))
  const afterFee = rlp.next
  if (rlp.payload < afterFee) {
    chain.moveTo(rlp.payload, afterFee)
    chain.number256(c.BLOCK + c.BLOCK_BASE_FEE)
  }
  chain.moveTo(afterFee, listEnd)
  store<u64>(c.BLOCK, chain.number64(), c.BLOCK_EXCESS_BLOB_GAS)
  chain.check(rlp.readList(chain.at, listEnd))
  let withdrawal = rlp.payload
  const withdrawalsEnd = rlp.next
  chain.check(rlp.readList(rlp.next, listEnd) && rlp.next == listEnd)
  let transaction = rlp.payload

  chain.openBlock()
  while (transaction < listEnd) {
    chain.check(rlp.readString(transaction, listEnd))
    transaction = rlp.next
    b.addTransaction(rlp.payload, rlp.length, 0)
  }
  while (withdrawal < withdrawalsEnd) {
    chain.check(rlp.readList(withdrawal, withdrawalsEnd))
    withdrawal = rlp.next
    chain.moveTo(rlp.payload, rlp.next)
    const index = chain.number64()
    const validator = chain.number64()
    const address = alloc(20)
    chain.fixed(address, 20)
    b.withdraw(index, validator, address, chain.number64())
    chain.check(chain.at == chain.end)
  }
  chain.sealBlock()
  chain.finish()
}
