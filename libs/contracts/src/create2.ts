import { type Address, type Hash, type Hex } from '@animechain/core'
import { concatHex, getCreate2Address, hexToBigInt, size } from 'viem'

/**
 * The deterministic deployment proxy (github.com/Arachnid/deterministic-deployment-proxy), which is on most chains: `salt ‖ init code`
 * sent to it creates a contract at an address that follows from both. Where it is missing, its creator's transaction,
 * which nobody has the key of, is sent again.
 */
export const create2Deployer = {
  address: '0x4e59b44847b379578588920ca78fbf26c0b4956c',
  signer: '0x3fab184622dc19b6109349b94811493bf2a45362',
  /** wei: 100,000 gas at 100 gwei */
  cost: 10n ** 16n,
  transaction:
    '0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222',
} as const satisfies { address: Address; signer: Address; cost: bigint; transaction: Hex }

/** Where `create2Deployer` puts this code. */
export function create2Address(salt: Hash, initCode: Hex): Address {
  return getCreate2Address({
    from: create2Deployer.address,
    salt,
    bytecode: initCode,
  }).toLowerCase() as Address
}

/** Input of the transaction that creates it. */
export function create2Input(salt: Hash, initCode: Hex): Hex {
  return concatHex([salt, initCode])
}

/**
 * Gas that creates a contract at most, so that a whole deployment can be sent before its parts are there to estimate with:
 * transaction, calldata (EIP-2028), CREATE2 with hashing and init code words (EIP-3860), code deposit as if all of the init code
 * stayed, and `execution`.
 */
export function create2Gas(initCode: Hex, execution: bigint): bigint {
  const bytes = BigInt(size(initCode))
  const words = (bytes + 31n) / 32n
  return 21_000n + 16n * (bytes + 32n) + 32_000n + 8n * words + 200n * bytes + execution
}

/** Reads an address out of a storage word. */
export function wordToAddress(word: Hex | undefined): Address {
  return `0x${hexToBigInt(word ?? '0x0')
    .toString(16)
    .padStart(40, '0')
    .slice(-40)}`
}
