// A payments ledger: the program that the dispute game runs in place of the EVM. README.md says what its bytes mean.
//
// Inputs: 0 output root of the agreed block, 1 accumulator of the inbox, 2 number of the block at which to stop, 3 hash of the chain's rules.
// Output: the output root of that block, or of the last block of the inbox's batches when that comes first.
//
// The machine's L1 checks each read against its key, so what is read needs no check here. What was hashed here is data that anybody can have: it is
// read back as preimages too, and the program keeps no tree in memory.

import { keccak256 } from '@animechain/execution-wasm/assembly/crypto/keccak'

// @ts-ignore: decorator
@external('host', 'input')
declare function input(index: u32, out: usize): void
// @ts-ignore: decorator
@external('host', 'preimage')
declare function preimage(kind: u32, key: usize, offset: u32, out: usize): u32
// @ts-ignore: decorator
@external('host', 'output')
declare function output(value: usize): void

const KECCAK: u32 = 0
const PRECOMPILE: u32 = 3
/** Payments of a block at most, and the bytes of one. */
const BLOCK_PAYMENTS: u32 = 4
const PAYMENT_BYTES: u32 = 96

// Places in memory, all multiples of 32: the host takes no others.
const ROOT: usize = memory.data(32, 32) // output root of the newest block
const TIP: usize = memory.data(32, 32) // newest accumulator of the inbox
const TARGET: usize = memory.data(32, 32)
const KEY: usize = memory.data(32, 32)
const OUTPUT: usize = memory.data(128, 32) // version 0 ‖ state root ‖ root of withdrawals ‖ block hash
const STATE: usize = OUTPUT + 32
const BLOCK: usize = memory.data(64, 32) // preimage of the block hash: output root before ‖ number
const BATCH: usize = memory.data(544, 32) // docs/spec/protocol.md, 1.2
const COMMITMENT: usize = memory.data(64, 32)
const BODY: usize = memory.data(32, 32)
const SIGNED: usize = memory.data(64, 32) // rules hash ‖ payment
const PAYMENT: usize = SIGNED + 32 // to (20) ‖ amount (8) ‖ nonce (4)
const CALL: usize = memory.data(160, 32) // 1, ecrecover's number ‖ hash ‖ v ‖ r ‖ s
const SIGNER: usize = memory.data(32, 32)
const ACCOUNT: usize = memory.data(32, 32) // address (20) ‖ balance (8) ‖ nonce (4)
const PAIR: usize = memory.data(64, 32)
const PATH: usize = memory.data(161 * 64, 32) // a node for each depth

/** The last 8 bytes of a word. */
function number(word: usize): u64 {
  return bswap(load<u64>(word, 24))
}

/** Reads the first `length` bytes behind a keccak256 hash. */
function read(hash: usize, out: usize, length: u32): void {
  for (let at: u32 = 0; at < length; at += 32) preimage(KECCAK, hash, at, out + at)
}

function isZero(word: usize): bool {
  return (load<u64>(word) | load<u64>(word, 8) | load<u64>(word, 16) | load<u64>(word, 24)) == 0
}

// State: a tree of accounts. An empty part is zero, a part with one account the hash of its 32 bytes, any other the hash of its two halves, which the next bit
// of the address tells apart.

/** Which half, as an offset into a node, an address is in. */
function half(address: usize, depth: u32): usize {
  return (((<usize>load<u8>(address + (depth >> 3))) >> (7 - (depth & 7))) & 1) << 5
}

/** Sets ACCOUNT to the account of an address: without money when there is none. */
function find(address: usize): void {
  memory.copy(KEY, STATE, 32)
  for (let depth: u32 = 0; !isZero(KEY); depth++) {
    preimage(KECCAK, KEY, 0, PAIR)
    if (preimage(KECCAK, KEY, 32, PAIR + 32) == 0) break
    memory.copy(KEY, PAIR + half(address, depth), 32)
  }
  if (!isZero(KEY) && memory.compare(PAIR, address, 20) == 0) {
    memory.copy(ACCOUNT, PAIR, 32)
    return
  }
  memory.copy(ACCOUNT, address, 20)
  memory.fill(ACCOUNT + 20, 0, 12)
}

/** Puts ACCOUNT into the part of the tree whose root is at `node`, which becomes the new root. So many bits of the address lead there. */
function put(node: usize, depth: u32): void {
  const pair = PATH + ((<usize>depth) << 6)
  let single = isZero(node)
  if (!single) {
    preimage(KECCAK, node, 0, pair)
    if (preimage(KECCAK, node, 32, pair + 32) == 0) {
      single = memory.compare(pair, ACCOUNT, 20) == 0
      // Two accounts from now on: the one that is here goes a level down.
      const its = half(pair, depth)
      memory.copy(pair + its, node, 32)
      memory.fill(pair + (its ^ 32), 0, 32)
    }
  }
  if (!single) put(pair + half(ACCOUNT, depth), depth + 1)
  keccak256(single ? ACCOUNT : pair, single ? 32 : 64, node)
}

/** Sets SIGNER to who signed the payment; false for nobody. L1 recovers it. */
function recover(): bool {
  store<u64>(CALL, bswap<u64>(1), 24)
  keccak256(SIGNED, 64, CALL + 32)
  // EIP-2098: the parity is the top bit of s.
  store<u8>(CALL, 27 + (load<u8>(CALL, 128) >> 7), 95)
  store<u8>(CALL, load<u8>(CALL, 128) & 0x7f, 128)
  keccak256(CALL, 160, KEY)
  return preimage(PRECOMPILE, KEY, 64, SIGNER) == 32
}

/** Does the payment at a place of the batch; false when the batch ends before it. One that may not stand changes nothing. */
function pay(offset: u32): bool {
  preimage(KECCAK, BODY, offset, PAYMENT)
  preimage(KECCAK, BODY, offset + 32, CALL + 96)
  if (preimage(KECCAK, BODY, offset + 64, CALL + 128) < 32) return false
  if (!recover()) return true
  find(SIGNER + 12)
  const amount = bswap(load<u64>(PAYMENT, 20))
  const balance = bswap(load<u64>(ACCOUNT, 20))
  const nonce = bswap(load<u32>(ACCOUNT, 28))
  if (bswap(load<u32>(PAYMENT, 28)) != nonce || nonce == u32.MAX_VALUE) return true
  if (amount == 0 || amount > balance) return true
  store<u64>(ACCOUNT, bswap(balance - amount), 20)
  store<u32>(ACCOUNT, bswap(nonce + 1), 28)
  put(STATE, 0)
  // All money is there from the beginning, less than 2^64, so no balance overflows.
  find(PAYMENT)
  store<u64>(ACCOUNT, bswap(bswap(load<u64>(ACCOUNT, 20)) + amount), 20)
  put(STATE, 0)
  return true
}

/** Reads the batch that a block is in; false when the batches end before it. */
function openBatch(block: u64): bool {
  memory.copy(BATCH, TIP, 32)
  do {
    memory.copy(KEY, BATCH, 32)
    read(KEY, BATCH, 544)
  } while (block < number(BATCH + 64))
  return block - number(BATCH + 64) < number(BATCH + 96)
}

/** Applies block `index` of the batch: its share of the payments. Batches that are not in calldata (or, on a development chain, in memory) hold none. */
function applyBlock(index: u32): void {
  memory.copy(KEY, BATCH + 256, 32)
  read(KEY, COMMITMENT, 64)
  if (load<u8>(COMMITMENT) > 1) return
  memory.copy(BODY, COMMITMENT + 1, 32)
  let at = index * BLOCK_PAYMENTS * PAYMENT_BYTES
  for (let i: u32 = 0; i < BLOCK_PAYMENTS && pay(at); i++) at += PAYMENT_BYTES
}

export function run(): void {
  input(0, ROOT)
  input(1, TIP)
  input(2, TARGET)
  input(3, SIGNED)
  read(ROOT, OUTPUT, 128)
  read(OUTPUT + 96, BLOCK, 64)
  for (let block = number(BLOCK + 32) + 1; block <= number(TARGET) && openBatch(block); block++) {
    applyBlock(<u32>(block - number(BATCH + 64)))
    memory.copy(BLOCK, ROOT, 32)
    store<u64>(BLOCK, bswap(block), 56)
    keccak256(BLOCK, 64, OUTPUT + 96)
    keccak256(OUTPUT, 128, ROOT)
  }
  output(ROOT)
}
