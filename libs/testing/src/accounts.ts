import { mnemonicToAccount, type HDAccount } from 'viem/accounts'

/** The mnemonic that development chains fund. Never use it for anything of value. */
export const testMnemonic = 'test test test test test test test test test test test junk'

/** The n-th account of the test mnemonic, at `m/44'/60'/0'/0/n`. */
export function testAccount(index: number): HDAccount {
  return mnemonicToAccount(testMnemonic, { addressIndex: index })
}

/** The first `count` accounts of the test mnemonic; default 10. */
export function testAccounts(count = 10): HDAccount[] {
  return Array.from({ length: count }, (_, index) => testAccount(index))
}

/** The private key of the n-th account, as hex. */
export function testPrivateKey(index: number): `0x${string}` {
  const key = testAccount(index).getHdKey().privateKey!
  return `0x${Buffer.from(key).toString('hex')}`
}
