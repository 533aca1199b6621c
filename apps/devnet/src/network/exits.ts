import { finalizeWithdrawalFast, getCertificate, getFastExitQuote } from '@animechain/bridge'
import {
  l2StandardBridgeAbi,
  optimismMintableErc20FactoryAbi,
  optimismPortalAbi,
  productionTokenAbi,
} from '@animechain/contracts'
import { predeploys } from '@animechain/core'
import {
  createWalletClient,
  formatEther,
  http,
  parseAbi,
  parseEther,
  parseEventLogs,
  zeroAddress,
  type Address,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getWithdrawals, publicActionsL1, publicActionsL2, walletActionsL1 } from 'viem/op-stack'
import { succeeded, type Parties } from '../demo/parties.js'
import { hold, note, step, until } from '../demo/tell.js'
import type { NetworkPlace } from './members.js'
import { tokenIssuer } from './members.js'
import { devnetToken } from './token.js'

const ETH_OUT = parseEther('5')
const TOKENS_IN = parseEther('500')
const TOKENS_OUT = parseEther('20')

/** A withdrawal that was paid early. */
export interface FastExit {
  /** the assertion that it was proven against */
  game: Address
  /** id of the certificate */
  id: `0x${string}`
  asset: Address
  amount: bigint
  fee: bigint
  /** seconds of L1 from the block in which it was proven to the one in which it was paid */
  waited: number
}

/** The token's twin on L2, with some of it in the studio's purse. */
async function bridgeTokens({
  studio,
  l1Chain,
  stage,
  l1,
  addresses,
  callL2,
  arrived,
}: Parties): Promise<Address> {
  step('The studio brings 500 CREDIT to L2: a token that verifiers stake besides ETH')
  const made = await callL2({
    address: predeploys.optimismMintableErc20Factory,
    abi: optimismMintableErc20FactoryAbi,
    functionName: 'createOptimismMintableERC20',
    args: [devnetToken, 'Devnet Credit', 'CREDIT'],
  })
  const [created] = parseEventLogs({
    ...{ abi: optimismMintableErc20FactoryAbi, logs: made.logs, eventName: 'OptimismMintableERC20Created' },
  })
  const { localToken } = created!.args as unknown as { localToken: Address }
  const issuer = createWalletClient({
    ...{ chain: l1Chain, transport: http(stage.l1Url), account: privateKeyToAccount(tokenIssuer.privateKey) },
  })
  const sent = async (hash: `0x${string}`) =>
    succeeded(await l1.waitForTransactionReceipt({ hash, timeout: 60_000 }), 'L1')
  const token = { address: devnetToken, abi: productionTokenAbi } as const
  await sent(
    await issuer.writeContract({
      ...{ ...token, functionName: 'mint', args: [tokenIssuer.address, TOKENS_IN] },
    }),
  )
  await sent(
    await issuer.writeContract({
      ...{ ...token, functionName: 'approve', args: [addresses.l1StandardBridge, TOKENS_IN] },
    }),
  )
  const deposit = await sent(
    await issuer.writeContract({
      ...{ address: addresses.l1StandardBridge, abi: l2StandardBridgeAbi, functionName: 'bridgeERC20To' },
      args: [devnetToken, localToken, studio.address, TOKENS_IN, 300_000, '0x'],
    }),
  )
  await arrived(deposit)
  note(`twin ${localToken}`)
  return localToken
}

/** An exit of ETH and one of a token, both paid out of what the verifiers pledged. */
export async function fastExits(all: Parties, verifiers: readonly NetworkPlace[]): Promise<FastExit[]> {
  const { studio, callL2 } = all
  const twin = await bridgeTokens(all)
  step('Two withdrawals: 5 ETH and 20 CREDIT')
  const ether = await callL2({
    address: predeploys.l2ToL1MessagePasser,
    abi: parseAbi(['function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable']),
    functionName: 'initiateWithdrawal',
    args: [studio.address, 100_000n, '0x'],
    value: ETH_OUT,
  })
  const tokens = await callL2({
    address: predeploys.l2StandardBridge,
    abi: l2StandardBridgeAbi,
    functionName: 'bridgeERC20To',
    args: [twin, devnetToken, studio.address, TOKENS_OUT, 300_000, '0x'],
  })
  note(`in L2 blocks ${ether.blockNumber} and ${tokens.blockNumber}`)
  return [await fastExit(all, verifiers, ether), await fastExit(all, verifiers, tokens)]
}

/** What the studio has of an asset on L1. */
const holdings = ({ l1, studio }: Parties, asset: Address): Promise<bigint> =>
  asset === zeroAddress
    ? l1.getBalance({ address: studio.address })
    : l1.readContract({
        ...{ address: asset, abi: productionTokenAbi, functionName: 'balanceOf', args: [studio.address] },
      })

/** Lets FastExits fetch a fee in the token, of what the issuer mints to the studio. */
async function feeInTokens(
  { l1, l1Chain, stage, studio, addresses, callL1 }: Parties,
  fee: bigint,
): Promise<void> {
  const token = { address: devnetToken, abi: productionTokenAbi } as const
  const issuer = createWalletClient({
    ...{ chain: l1Chain, transport: http(stage.l1Url), account: privateKeyToAccount(tokenIssuer.privateKey) },
  })
  const hash = await issuer.writeContract({ ...token, functionName: 'mint', args: [studio.address, fee] })
  succeeded(await l1.waitForTransactionReceipt({ hash, timeout: 60_000 }), 'L1')
  await callL1({ ...token, functionName: 'approve', args: [addresses.fastExits!, fee] })
}

/** From a withdrawal on L2 to the money on L1. */
async function fastExit(
  all: Parties,
  verifiers: readonly NetworkPlace[],
  receipt: TransactionReceipt,
): Promise<FastExit> {
  const { l1, l2, l2Chain, l1Chain, stage, studio, addresses } = all
  const [withdrawal] = getWithdrawals({ logs: receipt.logs })
  const targetChain = l2Chain as never
  const wallet = createWalletClient({ chain: l1Chain, transport: http(stage.l1Url), account: studio })
  const l1Actions = l1.extend(publicActionsL1())
  const { game } = (await l1Actions.waitToProve({ receipt, targetChain } as never)) as never as {
    game: never
  }
  const proof = await l2
    .extend(publicActionsL2())
    .buildProveWithdrawal({ account: studio, game, withdrawal } as never)
  const proven = succeeded(
    await l1.waitForTransactionReceipt({
      hash: await wallet
        .extend(walletActionsL1())
        .proveWithdrawal({ ...(proof as object), targetChain } as never),
    }),
    'L1',
  )
  const [gameAt] = (await l1.readContract({
    ...{ address: addresses.optimismPortal, abi: optimismPortalAbi, functionName: 'provenWithdrawals' },
    args: [withdrawal!.withdrawalHash, studio.address],
  })) as readonly [Address, bigint]
  const urls = verifiers.map(({ gossipUrl }) => gossipUrl)
  const contracts = { targetChain } as never as { targetChain: never }
  const { found, quote } = await until(
    'a certificate, and the time W',
    async () => {
      const found = await getCertificate(l1, { ...contracts, game: gameAt, verifiers: urls })
      if (!('certificate' in found)) return undefined
      const quote = await getFastExitQuote(l1, {
        ...{ ...contracts, withdrawal: withdrawal!, certificate: found },
      })
      return quote.label === 'covered-fast' && quote.fast.waitSeconds === 0 && { found, quote }
    },
    300,
  )
  const { token: asset, amount } = quote.moved!
  const { fee } = quote.fast
  const isEther = asset === zeroAddress
  const unit = isEther ? 'ETH' : 'CREDIT'
  note(
    `${formatEther(amount)} ${unit}: ${quote.cover!.signers} verifiers cover ${formatEther(quote.cover!.total)}, one exit takes ${formatEther(quote.cover!.single)} at most, an hour has ${formatEther(quote.cover!.hour)} left`,
  )
  note(
    `the canonical way has ${quote.canonical.waitSeconds} s to go and costs no fee; this one ${formatEther(fee)} ${unit}`,
  )
  if (!isEther) await feeInTokens(all, fee)
  const before = await holdings(all, asset)
  const paid = succeeded(
    await l1.waitForTransactionReceipt({
      hash: await finalizeWithdrawalFast(wallet, {
        ...{ ...contracts, withdrawal: withdrawal!, certificate: found.certificate },
      }),
    }),
    'L1',
  )
  const after = await holdings(all, asset)
  const gas = isEther ? paid.gasUsed * paid.effectiveGasPrice : 0n
  hold(
    after - before === amount - fee - gas,
    `${formatEther(amount)} ${unit} are paid, to the wei, for ${formatEther(fee)} ${unit} and ${paid.gasUsed} gas`,
  )
  const time = async (blockNumber: bigint) => Number((await l1.getBlock({ blockNumber })).timestamp)
  const waited = (await time(paid.blockNumber)) - (await time(proven.blockNumber))
  note(`${waited} s after its proof on L1`)
  return { game: gameAt, id: found.id, asset, amount, fee, waited }
}
