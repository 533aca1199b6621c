import { InvalidInputError } from '@animechain/core'
import { isAddress, type Address } from 'viem'

/** What can cross. Tokens name their contract on both chains; the pair is fixed when the L2 token is made. */
export type Asset =
  | { type: 'eth' }
  | { type: 'erc20'; l1Token: Address; l2Token: Address }
  | { type: 'erc721'; l1Token: Address; l2Token: Address }
  | { type: 'erc1155'; l1Token: Address; l2Token: Address }

/** How much of an asset: wei or token units; for ERC-721 the token, for ERC-1155 token and count. */
export interface Amount {
  /** wei, or units of the token; 1 for ERC-721 */
  amount: bigint
  /** ERC-721 and ERC-1155 */
  tokenId?: bigint
}

/** @throws {InvalidInputError} unless asset and amount fit each other. */
export function checkAmount(asset: Asset, { amount, tokenId }: Amount): void {
  if (amount <= 0n) throw new InvalidInputError('amount', 'more than 0', amount)
  if (amount >> 256n !== 0n) throw new InvalidInputError('amount', 'less than 2^256', amount)
  const byId = asset.type === 'erc721' || asset.type === 'erc1155'
  if (byId && (tokenId === undefined || tokenId < 0n))
    throw new InvalidInputError('tokenId', `the id of an ${asset.type} token`, tokenId)
  if (!byId && tokenId !== undefined)
    throw new InvalidInputError('tokenId', `none for ${asset.type}`, tokenId)
  if (asset.type === 'erc721' && amount !== 1n)
    throw new InvalidInputError('amount', '1 for an ERC-721 token', amount)
  if (asset.type !== 'eth')
    for (const side of ['l1Token', 'l2Token'] as const)
      if (!isAddress(asset[side])) throw new InvalidInputError(side, 'an address', asset[side])
}
