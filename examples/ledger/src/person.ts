import { keccak256Hex, type Address, type Hash } from '@animechain/core'
import { privateKeyToAccount, sign } from 'viem/accounts'
import { encodeSigned, paymentHash, type Payment } from './model.js'

export interface Person {
  name: string
  address: Address
  /** A payment, one's own or not, signed, as it stands in a batch. */
  pay(payment: Payment, rules: Hash): Promise<Uint8Array>
}

/** Somebody whose key is the hash of a name: for examples and tests only. */
export function person(name: string): Person {
  const privateKey = keccak256Hex(new TextEncoder().encode(name))
  return {
    name,
    address: privateKeyToAccount(privateKey).address.toLowerCase() as Address,
    async pay(payment, rules) {
      const { r, s, yParity } = await sign({ hash: paymentHash(rules, payment), privateKey })
      return encodeSigned(payment, { r, s, yParity: yParity! })
    },
  }
}
