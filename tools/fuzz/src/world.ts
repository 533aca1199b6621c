import {
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  maxNonce,
  predeploys,
  type Address,
  type Genesis,
  type GenesisAccount,
  type Hardfork,
  type Hash,
} from '@animechain/core'
import {
  encodeDeposit,
  encodeTransaction,
  rlpEncode,
  signingHash,
  uintToBytes,
  type Authorization,
  type SignedTransaction,
} from '@animechain/tx'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { CaseTransaction } from './case.js'
import { precompileInput } from './precompileInput.js'
import { deploying } from './code.js'
import { program, storage } from './program.js'
import type { Random } from './random.js'

const word = (value: bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`
const tail = (end: string): Address => `0x${end.padStart(40, '0')}`

const keys = [11n, 12n, 13n, 14n].map((n) => bigIntToBytes(n, 32))
export const users = keys.map((key): Address =>
  bytesToHex(keccak256(secp256k1.getPublicKey(key, false).slice(1)).slice(12)),
)
const beneficiary: Address = predeploys.sequencerFeeVault
const contracts = Array.from({ length: 12 }, (_, i) => tail(`a${i.toString(16)}`))
/** EIP-4788, -2935, -7002, -7251. */
const systemContracts: readonly Address[] = [
  '0x000f3df6d732807ef1319fb7b8bb8522d0beac02',
  predeploys.historyStorage,
  '0x00000961ef480eb55e80d19ad83579a64c007002',
  '0x0000bbddc7ce488642fb579f8b00f3a590007251',
]
const CHAIN_ID = 5n
/** Of a signature that nothing recovers from: the sender is given. */
const FAKE = { r: 1n, s: 2n }

export interface World {
  fork: Hardfork
  rollup: boolean
  alloc: Genesis['alloc']
  /** Whether signatures are real, and the engines recover the senders. */
  signed: boolean
  systemCalls: boolean
  /** Where transactions and calls go; grows with what is deployed. */
  targets: Address[]
  /** next nonce of each user, as far as it is known */
  nonces: bigint[]
  /** number of the genesis */
  number: bigint
}

/** Where the encoding of a nonce changes its length, and where nonces end (EIP-2681). */
const edgeNonces = [127n, 128n, 255n, 256n, 2n ** 32n - 1n, 2n ** 56n, 2n ** 64n - 3n, 2n ** 64n - 2n]

/** Around EIP-7825's cap, the block's own limit and the limit of limits. */
const edgeGasLimits = [
  2n ** 24n,
  2n ** 24n + 1n,
  30_000_000n,
  60_000_001n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
]

const created = (creator: Address, nonce: bigint): Address =>
  bytesToHex(keccak256(rlpEncode([hexToBytes(creator), uintToBytes(nonce)])).slice(12))

export function world(random: Random): World {
  const { below, pick, rarely } = random
  const rollup = !rarely(2)
  const systemCalls = rarely(3)
  const targets: Address[] = [...contracts, ...users, beneficiary, tail('ee')]
  const contract = (length: number): GenesisAccount => ({
    code: `0x${program(random, targets, length)}`,
    nonce: rarely(6) ? pick(edgeNonces) : 1n,
    balance: BigInt(below(5)),
    storage: storage(random),
  })
  const nonces = users.map(() => (rarely(16) ? pick(edgeNonces) : 0n))
  const alloc: Record<Address, GenesisAccount> = {
    ...Object.fromEntries(users.map((address, i) => [address, { balance: 10n ** 20n, nonce: nonces[i]! }])),
    ...Object.fromEntries(contracts.map((address) => [address, contract(4 + below(22))])),
  }
  if (below(2)) alloc[contracts[0]!]!.code = '0x5f5f55'
  // Storage where a contract is about to be created: it cannot be (EIP-7610).
  for (const creator of [...users, ...contracts])
    if (rarely(20)) {
      const address = created(creator, alloc[creator]!.nonce! + BigInt(below(3)))
      alloc[address] = { balance: 1n, storage: storage(random) }
      targets.push(address)
    }
  // Any code may stand there; what fails in it makes the block invalid (EIP-7002, -7251) or does not (EIP-4788, -2935).
  if (systemCalls)
    for (const address of systemContracts)
      if (!rarely(8)) {
        alloc[address] = contract(1 + below(6))
        // Sometimes it keeps the gas that it was given.
        if (rarely(3)) alloc[address].code = `0x5a5f55${alloc[address].code!.slice(2)}`
      }
  if (rollup)
    alloc[predeploys.l1Block] = {
      code: '0x00',
      storage: {
        [word(0n)]: word(5_000_000_000n),
        [word(1n)]: word(3n),
        [word(2n)]: word(100n + (200n << 32n)),
      },
    }
  return {
    fork: pick<Hardfork>(['cancun', 'prague', 'osaka', 'osaka']),
    rollup,
    alloc,
    signed: rarely(16),
    systemCalls,
    targets,
    nonces,
    // Sometimes there are more ancestors than BLOCKHASH reaches.
    number: BigInt(pick([0, 0, 200, 255, 1000])),
  }
}

function authorization({ below, pick }: Random, { nonces, targets }: World, from: number): Authorization {
  const authority = below(users.length)
  const chainId = BigInt(pick([0, 5, 5, 6]))
  // What delegates to a precompile runs nothing.
  const address = below(6) ? pick(targets) : tail(pick(['', '', '1', '4', '9', '100']))
  const nonce = below(30)
    ? nonces[authority]! + (authority === from ? 1n : 0n) + (below(6) ? 0n : 1n)
    : maxNonce
  const payload = rlpEncode([uintToBytes(chainId), hexToBytes(address), uintToBytes(nonce)])
  const signature = secp256k1.sign(keccak256(concatBytes(Uint8Array.of(5), payload)), keys[authority]!, {
    prehash: false,
    format: 'recovered',
  })
  const s = bytesToBigInt(signature.slice(33))
  // The other signature of the same key, which EIP-2 forbids.
  const high = below(30) === 0
  return {
    chainId,
    address,
    nonce,
    yParity: below(20) ? signature[0]! ^ Number(high) : below(4),
    r: bytesToBigInt(signature.slice(1, 33)),
    s: high ? secp256k1.Point.Fn.ORDER - s : s,
  }
}

function sign(tx: SignedTransaction, key: Uint8Array): Uint8Array {
  const signature = secp256k1.sign(hexToBytes(signingHash(tx)), key, { prehash: false, format: 'recovered' })
  const parity = signature[0]! as 0 | 1
  const r = bytesToBigInt(signature.slice(1, 33))
  const s = bytesToBigInt(signature.slice(33))
  if (tx.type !== 0) return encodeTransaction({ ...tx, yParity: parity, r, s })
  const v = BigInt(parity) + (tx.chainId === undefined ? 27n : 35n + 2n * tx.chainId)
  return encodeTransaction({ ...tx, v, r, s })
}

/** Init code of as many bytes as there may be (EIP-3860), or that leaves as much code as there may be (EIP-170); or a byte more or less. */
function atLimit({ below }: Random): Uint8Array {
  if (below(2)) return new Uint8Array(49_151 + below(3))
  // PUSH2 length PUSH0 RETURN
  return hexToBytes(`0x61${(24_575 + below(3)).toString(16)}5ff3`)
}

/** What a transaction does: creates a contract, calls a precompile with input of its kind, or calls a target with anything. */
function inputOf(random: Random, targets: readonly Address[], kind: number) {
  const { below, bytes, pick, rarely } = random
  // Half of what is created is run and forgotten: new code all the time.
  const creates = kind < 8 && rarely(3)
  const runtime = creates ? program(random, targets, 3 + below(15)) : ''
  const limits = creates && rarely(60)
  const direct = !creates && kind < 6 && rarely(8) ? precompileInput(random) : undefined
  const data = creates
    ? limits
      ? atLimit(random)
      : hexToBytes(`0x${below(2) ? deploying(rarely(16) ? `ef${runtime}` : runtime) : runtime}`)
    : direct
      ? hexToBytes(`0x${direct.input}`)
      : bytes(below(4) ? below(70) : below(8) ? 0 : below(1500))
  const to = creates ? undefined : direct ? tail(direct.address.toString(16)) : pick(targets)
  return { creates, limits, data, to }
}

/** One transaction, mostly a good one. `user` is the index of its sender when its nonce is meant to be the next one. */
export function transaction(random: Random, world: World): CaseTransaction & { user?: number } {
  const { below, pick, rarely } = random
  const { fork, nonces, rollup, signed, targets } = world
  const user = below(users.length)
  // Mostly the right nonce, so that a chain of effects grows.
  const next = nonces[user]!
  const nonce = below(24) ? next : next + BigInt(below(3)) - (next > 0n ? 1n : 0n)
  const known = nonce === next ? user : undefined
  const kind = below(fork === 'cancun' ? 10 : 12)
  const { creates, limits, data, to } = inputOf(random, targets, kind)
  const gas = below(6) ? 40_000 + below(120_000) : 20_900 + below(60_000)
  const common = {
    nonce,
    gasLimit: rarely(200)
      ? pick(edgeGasLimits)
      : BigInt(limits ? 6_000_000 : gas) + BigInt(creates ? 60_000 : 0),
    to,
    value: BigInt(below(3) ? 0 : below(5)),
    data,
    ...FAKE,
  }
  const price = BigInt(below(30) ? 10 ** 6 : 6)
  const chainId = rarely(60) ? 6n : CHAIN_ID
  const typed = {
    ...common,
    chainId,
    yParity: 0 as const,
    accessList: Array.from({ length: below(3) }, () => ({
      address: pick(targets),
      storageKeys: Array.from({ length: below(3) }, () => word(BigInt(below(4)))),
    })),
  }
  const market = { ...typed, maxFeePerGas: price, maxPriorityFeePerGas: BigInt(below(5)) }
  let tx: SignedTransaction
  if (kind < 2) {
    const own = rarely(4) ? undefined : chainId
    const v = own === undefined ? 27n : 35n + 2n * own
    tx = { ...common, type: 0, gasPrice: price, chainId: own, v }
  } else if (kind < 4) tx = { ...typed, type: 1, gasPrice: price }
  else if (kind < 9 || to === undefined) tx = { ...market, type: 2 }
  else if (kind === 9) {
    if (rollup && below(10)) tx = { ...market, type: 2 }
    else
      tx = {
        ...market,
        to,
        type: 3,
        maxFeePerBlobGas: BigInt(below(10) ? 100 : 0),
        blobVersionedHashes: Array.from(
          { length: rarely(20) ? below(12) : 1 + below(2) },
          () => `0x${rarely(30) ? '02' : '01'}${'ab'.repeat(31)}` as const,
        ),
      }
  } else
    tx = {
      ...market,
      to,
      type: 4,
      authorizationList: Array.from({ length: rarely(20) ? 0 : 1 + below(2) }, () =>
        authorization(random, world, user),
      ),
    }
  if (rarely(60)) {
    const raw = sign(tx, keys[user]!)
    raw[below(raw.length)]! ^= 1 << below(8)
    return { raw }
  }
  if (signed) return { raw: sign(tx, keys[user]!), user: known }
  // Now and then it is somebody who cannot have signed: a contract, a precompile, whoever takes the fees.
  if (rarely(100)) return { raw: encodeTransaction(tx), sender: pick([...targets, tail('4')]) }
  return { raw: encodeTransaction(tx), sender: users[user]!, user: known }
}

export function deposit(random: Random, { targets }: World): CaseTransaction {
  const { below, pick } = random
  const creates = below(6) === 0
  const raw = encodeDeposit({
    sourceHash: bytesToHex(random.bytes(32)),
    from: pick(targets),
    to: creates ? undefined : pick(targets),
    mint: BigInt(below(3) ? 0 : below(1000)),
    value: BigInt(below(3) ? 0 : below(1000)),
    gasLimit: BigInt(below(5) ? 200_000 : 20_000 + below(5000)),
    isSystemTx: false,
    data: creates ? hexToBytes(`0x${program(random, targets, 10)}`) : random.bytes(below(70)),
  })
  return { raw }
}

/** Attributes of the next block, without transactions. */
export function blockOf(random: Random, { rollup, systemCalls, targets }: World) {
  const { below, pick, rarely } = random
  const withdrawals = rollup
    ? undefined
    : Array.from({ length: below(4) }, (_, i) => ({
        index: BigInt(i),
        validatorIndex: BigInt(below(9)),
        address: rarely(3) ? tail(`d${below(9)}`) : pick(targets),
        amount: BigInt(below(3) ? below(1000) : 0),
      }))
  return {
    prevRandao: bytesToHex(random.bytes(32)),
    beneficiary: rollup || !rarely(3) ? beneficiary : pick(targets),
    systemCalls,
    withdrawals,
  }
}
