import { productionTokenAbi, productionTokenBytecode } from '@animechain/contracts'
import { BaseError } from '@animechain/core'
import {
  createPublicClient,
  createWalletClient,
  getContractAddress,
  http,
  parseEther,
  type Address,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { networkMembers, tokenIssuer } from './members.js'

/** An ERC-20 of 18 decimals on L1 that verifiers stake besides ETH, so that withdrawals of it are covered. */
export const devnetToken: Address = getContractAddress({ from: tokenIssuer.address, nonce: 0n })

/** What each member has of it, in the smallest unit. */
export const devnetTokenStake = parseEther('1000')

/**
 * Deploys the token where it is not, and mints each member's stake.
 * @throws {BaseError} `DEVNET_NETWORK`
 */
export async function deployToken(l1Url: string, verifiers: number): Promise<void> {
  const transport = http(l1Url, { timeout: 30_000 })
  const l1 = createPublicClient({ transport, pollingInterval: 100 })
  if ((await l1.getCode({ address: devnetToken })) !== undefined) return
  const account = privateKeyToAccount(tokenIssuer.privateKey)
  const wallet = createWalletClient({ transport, account })
  const common = { chain: null, account } as const
  const abi = productionTokenAbi
  const mint = (to: Address, nonce: number) =>
    wallet.writeContract({
      ...{ ...common, address: devnetToken, abi, nonce, gas: 100_000n },
      ...{ functionName: 'mint', args: [to, devnetTokenStake] },
    })
  // All in one block.
  const hashes = [
    await wallet.deployContract({
      ...{ ...common, abi, bytecode: productionTokenBytecode, nonce: 0, gas: 2_000_000n },
      args: ['Devnet Credit', 'CREDIT', tokenIssuer.address],
    }),
    ...(await Promise.all(networkMembers(verifiers).map(({ owner }, i) => mint(owner.address, i + 1)))),
  ]
  for (const hash of hashes) {
    const { status } = await l1.waitForTransactionReceipt({ hash, timeout: 60_000 })
    if (status !== 'success')
      throw new BaseError(`The transaction ${hash} for the devnet's token reverted.`, {
        code: 'DEVNET_NETWORK',
      })
  }
}
