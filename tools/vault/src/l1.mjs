// L1 of a private store: anvil with all contracts, on which the nodes' committee registers itself and batches are certified.
import {
  committeeRegistryAbi,
  committeeRoles,
  deployL1,
  devnetDefaults,
  devnetVault,
  privateDaAbi,
} from '@animechain/contracts'
import { anvil, eventually, patient, testAccount } from '@animechain/testing'
import { createWalletClient, http, numberToHex, parseEther, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { domain } from './nodes.mjs'

const chain = { ...foundry, id: 900_001, name: 'L1' }
const anyHash = numberToHex(1, { size: 32 })
const operator = testAccount(0)

function deployment(wallet, keyRoot) {
  const names = [
    ...['timelockProposer', 'operator', 'guardian', 'sequencer', 'batcher', 'proposer', 'challenger'],
  ]
  const roles = Object.fromEntries(names.map((name) => [name, operator.address]))
  return deployL1({
    publicClient: wallet,
    walletClient: wallet,
    config: {
      ...devnetDefaults,
      l2ChainId: BigInt(domain.chainId),
      roles,
      proving: { program: { codeRoot: anyHash, ramRoot: anyHash, pages: 1 }, rulesHash: anyHash },
      vault: { ...devnetVault, keyRoot },
    },
    genesisOutputRoot: () => anyHash,
  })
}

/** @param keyRoot of the keys of batches */
export async function l1WithContracts(keyRoot) {
  const l1 = await anvil({ chainId: chain.id })
  const walletOf = (account) =>
    createWalletClient({
      ...{ account, chain, transport: http(l1.url, patient), pollingInterval: 100 },
    }).extend(publicActions)
  const wallet = walletOf(operator)
  const mined = async (hash) => {
    const { status } = await wallet.waitForTransactionReceipt({ hash, timeout: 60_000 })
    if (status !== 'success') throw new Error(`the transaction ${hash} on L1 reverted`)
  }
  const { addresses } = await deployment(wallet, keyRoot)
  const registry = { address: addresses.committeeRegistry, abi: committeeRegistryAbi }
  return {
    ...{ chain: l1, id: chain.id, url: l1.url, addresses },
    /** Every node joins with both roles, with a stake and a consent of its own; then they are the committee. */
    async register(nodes, urls) {
      for (const [i, { address, key, shareKey }] of nodes.entries()) {
        await l1.request('anvil_setBalance', [address, numberToHex(parseEther('10'))])
        const own = walletOf(privateKeyToAccount(key))
        for (const role of [committeeRoles.storage, committeeRoles.keys])
          await mined(
            await own.writeContract({
              ...{ ...registry, functionName: 'join', value: parseEther('0.1') },
              args: [role, address, shareKey, urls[i], '0x'],
            }),
          )
      }
      const members = nodes.map(({ address }) => address)
      const { timestamp } = await wallet.getBlock()
      await mined(
        await wallet.writeContract({
          ...{ ...registry, functionName: 'formEpoch' },
          args: [
            timestamp + 5n,
            [
              { role: committeeRoles.storage, threshold: 4, members },
              { role: committeeRoles.keys, threshold: 3, members },
            ],
          ],
        }),
      )
      await eventually(
        'the committee to be in force, finally',
        async () =>
          (await wallet.readContract({
            ...{ ...registry, functionName: 'currentEpoch', blockTag: 'finalized' },
          })) === 1n,
      )
    },
    /** Puts the evidence of a batch into a transaction, as the batcher does; the adapter takes it. */
    async certify(evidence) {
      const adapter = { address: addresses.privateDa, abi: privateDaAbi }
      await mined(await wallet.writeContract({ ...adapter, functionName: 'commit', args: [evidence] }))
      const [isValid, reason] = await wallet.readContract({
        ...{ ...adapter, functionName: 'isValid', args: [evidence] },
      })
      if (!isValid) throw new Error(`the adapter refuses the evidence: ${reason}`)
    },
    stop: () => l1.stop(),
  }
}
