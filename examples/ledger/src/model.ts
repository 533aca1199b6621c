import {
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  emptyRootHash,
  hexToBytes,
  keccak256,
  keccak256Hex,
  zeroHash,
  type Address,
  type Hash,
} from '@animechain/core'
import type { PrecompileCall } from '@animechain/proving-machine'

// The ledger as README.md tells it, in TypeScript: what a node of this chain runs, and what the program in assembly/ is held against. It shares no line with it,
// and makes every tree anew where the program changes one.

/** Payments of a block at most. */
export const BLOCK_PAYMENTS = 4
/** bytes of a payment */
export const PAYMENT_BYTES = 96

export interface Account {
  /** of the smallest unit, below 2^64 */
  balance: bigint
  /** payments that it made, below 2^32 */
  nonce: number
}

/** Accounts by address, in lower case. Those without an entry have nothing. */
export type Accounts = ReadonlyMap<Address, Account>

export interface Payment {
  to: Address
  amount: bigint
  nonce: number
}

export interface Signature {
  r: Hash
  s: Hash
  yParity: number
}

/** A block of the ledger. */
export interface LedgerBlock {
  number: bigint
  accounts: Accounts
  outputRoot: Hash
  /** what the output root is the hash of: version ‖ state root ‖ root of withdrawals ‖ block hash */
  output: Uint8Array
  /** what the block hash is the hash of: output root of the block before ‖ number */
  header: Uint8Array
}

/** What blocks depend on besides batches. */
export interface Chain {
  /** hash of its rules: here a name that no other ledger has, since payers sign it */
  rules: Hash
  /** L1's precompile 1 */
  ecrecover: (input: Uint8Array) => Uint8Array
}

/** What the program asks for while it makes a block. */
export interface Reads {
  preimages: Uint8Array[]
  precompiles: (PrecompileCall & { output: Uint8Array })[]
}

const word = (value: bigint | number) => bigIntToBytes(BigInt(value), 32)

/** The 32 bytes of a payment that are signed: to ‖ amount ‖ nonce. */
const encodePayment = ({ to, amount, nonce }: Payment): Uint8Array =>
  concatBytes(hexToBytes(to), bigIntToBytes(amount, 8), bigIntToBytes(BigInt(nonce), 4))

/** What a payer signs: the payment on the chain of these rules. */
export function paymentHash(rules: Hash, payment: Payment): Hash {
  return keccak256Hex(concatBytes(hexToBytes(rules), encodePayment(payment)))
}

/** A payment as it stands in a batch: what is signed, and the signature in two words (EIP-2098). */
export function encodeSigned(payment: Payment, { r, s, yParity }: Signature): Uint8Array {
  const compact = hexToBytes(s)
  compact[0]! |= yParity << 7
  return concatBytes(encodePayment(payment), hexToBytes(r), compact)
}

/** The state's tree: its root and all its nodes. */
export function stateTree(accounts: Accounts): { root: Uint8Array; nodes: Uint8Array[] } {
  const nodes: Uint8Array[] = []
  const build = (leaves: readonly Uint8Array[], depth: number): Uint8Array => {
    if (leaves.length === 0) return new Uint8Array(32)
    const side = (bit: number) =>
      leaves.filter((leaf) => ((leaf[depth >> 3]! >> (7 - (depth & 7))) & 1) === bit)
    const node =
      leaves.length === 1 ? leaves[0]! : concatBytes(build(side(0), depth + 1), build(side(1), depth + 1))
    nodes.push(node)
    return keccak256(node)
  }
  const leaves = [...accounts].map(([address, { balance, nonce }]) =>
    concatBytes(hexToBytes(address), bigIntToBytes(balance, 8), bigIntToBytes(BigInt(nonce), 4)),
  )
  return { root: build(leaves, 0), nodes }
}

function seal(number: bigint, before: Hash, accounts: Accounts): LedgerBlock {
  const header = concatBytes(hexToBytes(before), word(number))
  const output = concatBytes(
    word(0),
    stateTree(accounts).root,
    // Nothing leaves this ledger: the portal finds no withdrawal under the root of an empty trie.
    hexToBytes(emptyRootHash),
    keccak256(header),
  )
  return { number, accounts, outputRoot: keccak256Hex(output), output, header }
}

/** Block 0, which has all the money that there will be. */
export function genesisBlock(accounts: Accounts): LedgerBlock {
  let total = 0n
  for (const { balance } of accounts.values()) total += balance
  if (total >= 2n ** 64n) throw new RangeError(`expected less than 2^64 units in all, got ${total}`)
  return seal(0n, zeroHash, accounts)
}

/** Who signed the 96 bytes of a payment; undefined for nobody. */
function signer({ rules, ecrecover }: Chain, bytes: Uint8Array, reads?: Reads): Address | undefined {
  const [payment, r, s] = [bytes.slice(0, 32), bytes.slice(32, 64), bytes.slice(64)]
  const parity = s[0]! >> 7
  s[0]! &= 0x7f
  const hash = keccak256(concatBytes(hexToBytes(rules), payment))
  const input = concatBytes(hash, word(27 + parity), r, s)
  const output = ecrecover(input)
  reads?.precompiles.push({ number: 1, input, output })
  return output.length === 0 ? undefined : (bytesToHex(output.subarray(12)) as Address)
}

/** Does a payment; one that may not stand changes nothing. */
function pay(accounts: Map<Address, Account>, chain: Chain, bytes: Uint8Array, reads?: Reads): void {
  const from = signer(chain, bytes, reads)
  const payer = from && accounts.get(from)
  const to = bytesToHex(bytes.subarray(0, 20)) as Address
  const amount = bytesToBigInt(bytes.subarray(20, 28))
  const nonce = Number(bytesToBigInt(bytes.subarray(28, 32)))
  if (!payer || payer.nonce !== nonce || nonce === 2 ** 32 - 1) return
  if (amount === 0n || amount > payer.balance) return
  const change = (address: Address, by: bigint, payments: number) => {
    const { balance, nonce: made } = accounts.get(address) ?? { balance: 0n, nonce: 0 }
    accounts.set(address, { balance: balance + by, nonce: made + payments })
    // The program reads what it wrote as it reads all else.
    reads?.preimages.push(...stateTree(accounts).nodes)
  }
  change(from, -amount, 1)
  change(to, amount, 0)
}

/**
 * The block after a block.
 * @param body bytes of its batch: payments and whatever a batcher wrote instead; undefined for a batch of a kind that the ledger does not read
 * @param index place of the block in its batch, counted from 0
 * @param reads where what the program asks for is put
 */
export function nextBlock(
  parent: LedgerBlock,
  body: Uint8Array | undefined,
  index: number,
  chain: Chain,
  reads?: Reads,
): LedgerBlock {
  const accounts = new Map(parent.accounts)
  reads?.preimages.push(...stateTree(accounts).nodes)
  for (let i = index * BLOCK_PAYMENTS; i < (index + 1) * BLOCK_PAYMENTS; i++) {
    const bytes = body?.slice(i * PAYMENT_BYTES, (i + 1) * PAYMENT_BYTES)
    if (bytes?.length === PAYMENT_BYTES) pay(accounts, chain, bytes, reads)
  }
  return seal(parent.number + 1n, parent.outputRoot, accounts)
}
