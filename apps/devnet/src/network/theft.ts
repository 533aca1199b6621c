import { finalizeWithdrawalFast } from '@animechain/bridge'
import {
  assertionGameAbi,
  disputeGameFactoryAbi,
  fastExitsAbi,
  networkRoles,
  optimismPortalAbi,
  stakeRegistryAbi,
} from '@animechain/contracts'
import type { Assertion, Hash } from '@animechain/core'
import {
  assemble,
  certificateId,
  epochAt,
  signMessage,
  type Ballot,
  type Certificate,
  type CertificateBody,
} from '@animechain/network-protocol'
import type { DerivedBatch } from '@animechain/node'
import { optimistic } from '@animechain/settlement-optimistic'
import {
  createWalletClient,
  formatEther,
  http,
  keccak256,
  stringToHex,
  zeroAddress,
  type Account,
  type Address,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { succeeded, type Parties } from '../demo/parties.js'
import { hold, note, step, until } from '../demo/tell.js'
import { falseWithdrawal, type FalseWithdrawal } from '../dispute/falseWithdrawal.js'
import type { Liar } from '../dispute/liar.js'
import type { NetworkPlace } from './members.js'
import type { TemporaryDevnet } from '../temporary.js'

const role = networkRoles.verifier

/** A theft that L1 let happen. */
export interface Theft {
  wrong: Address
  /** id of the certificate */
  id: Hash
  body: CertificateBody
  amount: bigint
  /** wei in the portal before it */
  portalBefore: bigint
  thief: Address
}

/** Transfers all the time, so that every block has something to dispute. */
function busyLife({ l2, l2Chain, studio, stage }: Parties): { end(): Promise<void> } {
  const wallet = createWalletClient({ chain: l2Chain, transport: http(stage.l2Url), account: studio })
  let going = true
  const done = (async () => {
    let nonce = 0
    while (going) {
      const to = `0x${(0xa11ce00 + nonce).toString(16).padStart(40, '0')}` as Address
      // The sequencer is started anew meanwhile.
      const sent = await wallet.sendTransaction({ to, value: 1n, nonce, gas: 21_000n }).catch(() => undefined)
      if (sent) nonce++
      else
        nonce = await l2
          .getTransactionCount({ address: studio.address, blockTag: 'pending' })
          .catch(() => nonce)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
  })()
  return {
    end() {
      going = false
      return done
    },
  }
}

/** The first batch that nobody asserted, once the proposer is silent and the liar has derived it. */
async function unasserted(
  net: TemporaryDevnet,
  all: Parties,
  liar: Liar,
): Promise<{ parent: Assertion; batch: DerivedBatch }> {
  const settlement = optimistic({
    l1: { rpcUrl: net.l1Url },
    contracts: net.deployment.addresses,
    startBlock: net.deployment.rollup.l1StartBlock,
  })
  const life = busyLife(all)
  try {
    await net.stopProgram('sequencer')
    await net.startProgram('sequencer', { ANIMECHAIN_PROPOSER_KEY: '' })
    const parent = (await settlement.getAssertions(0n, 10_000)).at(-1)!
    const { interval } = await settlement.assertionRules()
    const batch = await until(
      'a batch that nobody asserted',
      async () => liar.rollup.derivedBatch(parent.batchIndex + interval),
      240,
    )
    return { parent, batch }
  } finally {
    await life.end()
  }
}

/** The block of a batch with most transactions. */
async function busiest({ l2 }: Parties, { firstBlock, lastBlock }: DerivedBatch): Promise<bigint> {
  let best = { number: lastBlock, count: -1 }
  for (let number = firstBlock; number <= lastBlock; number++) {
    const count = await l2.getBlockTransactionCount({ blockNumber: number })
    if (count > best.count) best = { number, count }
  }
  return best.number
}

/** The proposer asserts a root in which the thief withdraws as much as one exit can take. */
async function assertLie(
  net: TemporaryDevnet,
  all: Parties,
  parts: { liar: Liar; thief: Account; amount: bigint },
): Promise<{ wrong: Address; withdrawal: FalseWithdrawal; batch: DerivedBatch }> {
  const { liar, thief, amount } = parts
  const { l1, l1Chain, l2, addresses, stage } = all
  const { parent, batch } = await unasserted(net, all, liar)
  const { hash } = await l2.getBlock({ blockNumber: batch.lastBlock })
  const withdrawal = falseWithdrawal(thief.address, amount, hash)
  await liar.rollup.services.disputes!.tick()
  const rival = {
    batchIndex: batch.index,
    batchAcc: batch.acc,
    blockNumber: batch.lastBlock,
    parent: parent.id,
  }
  const wrong = (await liar.claim({
    ...{ rival: rival as Assertion, from: await busiest(all, batch), outputRoot: withdrawal.outputRoot },
    lie: { span: 1, step: 100_001, seed: 1 },
  })) as Address
  note(`${wrong} claims ${withdrawal.outputRoot} for batch ${batch.index}`)
  const factory = { address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi } as const
  let index = await l1.readContract({ ...factory, functionName: 'gameCount' })
  for (;;) {
    const [, , proxy] = await l1.readContract({ ...factory, functionName: 'gameAtIndex', args: [--index] })
    if (proxy.toLowerCase() === wrong.toLowerCase()) break
  }
  const wallet = createWalletClient({ chain: l1Chain, transport: http(stage.l1Url), account: thief })
  const { outputRootProof, withdrawalProof } = withdrawal
  const proven = await wallet.writeContract({
    ...{ address: addresses.optimismPortal, abi: optimismPortalAbi },
    functionName: 'proveWithdrawalTransaction',
    args: [withdrawal.withdrawal, index, outputRootProof, withdrawalProof],
  })
  succeeded(await l1.waitForTransactionReceipt({ hash: proven }), 'L1')
  return { wrong, withdrawal, batch }
}

/** A certificate of those who sign whatever they are given, without deriving anything. */
async function lazyCertificate(
  { l1, l1Chain, addresses }: Parties,
  lazy: readonly NetworkPlace[],
  claim: Omit<CertificateBody, 'epoch'> & { createdAt: bigint },
): Promise<Certificate> {
  const { createdAt, ...rest } = claim
  const registry = { address: addresses.stakeRegistry!, abi: stakeRegistryAbi } as const
  const [epochStart, epochLength] = await Promise.all([
    l1.readContract({ ...registry, functionName: 'epochStart' }),
    l1.readContract({ ...registry, functionName: 'epochLength' }),
  ])
  const epoch = epochAt(createdAt, { epochStart, epochLength })
  const body = { ...rest, epoch }
  const domain = { chainId: l1Chain.id, registry: registry.address }
  const of = new Map<Address, bigint>()
  const ballots: Ballot[] = []
  for (const { name, key } of lazy) {
    const address = key.address.toLowerCase() as Address
    const blocksRoot = keccak256(stringToHex(`whatever ${name} says`))
    const account = privateKeyToAccount(key.privateKey)
    ballots.push({
      key: address,
      attestation: await signMessage(account, 'attestation', domain, { ...body, blocksRoot }),
    })
    of.set(
      address,
      await l1.readContract({ ...registry, functionName: 'weightAt', args: [role, key.address, epoch] }),
    )
  }
  const total = await l1.readContract({ ...registry, functionName: 'totalWeightAt', args: [role, epoch] })
  const made = assemble(body, ballots, { weights: { epoch, total, of }, minSigners: 5 })
  if (!made.ok) throw new Error(`They make no certificate: ${made.why}`)
  note(`${lazy.length} signatures, ${formatEther(made.weight)} of ${formatEther(total)} ETH of weight`)
  return made.certificate
}

/** The worst case: the proposer lies, the corrupt ones sign, and who derives the chain is away until the money is gone. */
export async function steal(
  net: TemporaryDevnet,
  all: Parties,
  { liar, thief, corrupt: lazy }: { liar: Liar; thief: Account; corrupt: readonly NetworkPlace[] },
): Promise<Theft> {
  const { l1, l1Chain, addresses, stage } = all
  step(
    `The worst case: the proposer lies, ${lazy.length} of ${net.network!.length} verifiers sign without looking, and who looks is cut off`,
  )
  await Promise.all(net.network!.map(({ name }) => net.stopProgram(name)))
  note(`the keys of ${lazy.map(({ name }) => name).join(', ')} sign what they are told`)
  const { single, cover } = await l1.readContract({
    ...{ address: addresses.fastExits!, abi: fastExitsAbi, functionName: 'limitsOf' },
    args: [lazy.map(({ owner }) => owner.address), zeroAddress],
  })
  const { wrong, withdrawal, batch } = await assertLie(net, all, { liar, thief, amount: single })
  const certificate = await lazyCertificate(all, lazy, {
    ...{ game: wrong, batchIndex: batch.index, batchAcc: batch.acc, l2BlockNumber: batch.lastBlock },
    outputRoot: withdrawal.outputRoot,
    createdAt: await l1.readContract({ address: wrong, abi: assertionGameAbi, functionName: 'createdAt' }),
  })
  const portalBefore = await l1.getBalance({ address: addresses.optimismPortal })
  const wallet = createWalletClient({ chain: l1Chain, transport: http(stage.l1Url), account: thief })
  const before = await l1.getBalance({ address: thief.address })
  const hash = await until(
    'the time W, in which nobody disputes it',
    () =>
      finalizeWithdrawalFast(wallet, {
        ...{ targetChain: all.l2Chain as never, withdrawal: withdrawal.withdrawal as never, certificate },
      }),
    120,
  )
  const receipt = succeeded(await l1.waitForTransactionReceipt({ hash }), 'L1')
  const got = (await l1.getBalance({ address: thief.address })) - before
  note(`their cover: ${formatEther(cover)} ETH; one exit takes a tenth of it at most`)
  hold(
    portalBefore - (await l1.getBalance({ address: addresses.optimismPortal })) === single,
    `the portal paid ${formatEther(single)} ETH under a lie; the thief has ${formatEther(got + receipt.gasUsed * receipt.effectiveGasPrice)} more, less its fee`,
  )
  const reserved = await l1.readContract({
    ...{ address: addresses.fastExits!, abi: fastExitsAbi, functionName: 'reserved', args: [zeroAddress] },
  })
  hold(reserved >= single, `${formatEther(reserved)} ETH of the signers' stake are reserved for it: I1 holds`)
  return {
    wrong,
    id: certificateId(certificate.body),
    body: certificate.body,
    amount: single,
    portalBefore,
    thief: thief.address,
  }
}
