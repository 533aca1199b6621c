import {
  bytesToHex,
  hexToBytes,
  type Address,
  type Genesis,
  type GenesisAccount,
  type Hash,
  type Hex,
} from '@animechain/core'

/** Accounts as the fixtures write them: quantities may have leading zeros. */
export type FixtureState = Record<
  string,
  { balance: string; nonce: string; code: string; storage: Record<string, string> }
>

/** A quantity of the fixtures; `0x` and nothing are zero. */
export function quantity(value: string | undefined): bigint {
  return value === undefined || value === '0x' || value === '' ? 0n : BigInt(value)
}

/** A quantity as 32 bytes. */
export function word(value: string | undefined): Hash {
  return `0x${quantity(value).toString(16).padStart(64, '0')}`
}

export function toAddress(value: string): Address {
  const bare = value.replace(/^0x/, '').toLowerCase()
  return `0x${bare.padStart(40, '0')}`
}

export function toHex(value: string | undefined): Hex {
  return bytesToHex(
    hexToBytes(value === undefined || value === '' ? '0x' : value.startsWith('0x') ? value : `0x${value}`),
  )
}

export function alloc(state: FixtureState): Genesis['alloc'] {
  const out: Record<Address, GenesisAccount> = {}
  for (const [address, account] of Object.entries(state)) {
    out[toAddress(address)] = {
      balance: quantity(account.balance),
      nonce: quantity(account.nonce),
      code: toHex(account.code),
      storage: Object.fromEntries(
        Object.entries(account.storage).map(([slot, value]) => [word(slot), word(value)]),
      ) as Record<Hash, Hash>,
    }
  }
  return out
}
