import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import type { Hash } from '@animechain/core'
import { parseAbi, type Address, type PublicClient } from 'viem'
import type { WithdrawalStatus } from './transfers.js'

/** `GameStatus.CHALLENGER_WINS` of the contracts. */
const LOST = 1
const registryAbi = parseAbi(['function isGameProper(address game) view returns (bool)'])

/** How far a proof got, and since when it stands, seconds. */
export type Proof = { state: 'none' | 'mature' } | { state: 'young'; provenAt: bigint; game: Address }

/** Where a withdrawal stands for the relayer. */
export interface Position {
  status: WithdrawalStatus
  /** Whose proof it is to be finalised with. */
  proofSubmitter?: Address
  /** Since when the proof that is waited for stands, seconds, and the game that it is made against. */
  provenAt?: bigint
  game?: Address
}

/** Reads the proofs of withdrawals from the portal. */
export function proofs(client: PublicClient, portalAddress: Address) {
  const portal = { address: portalAddress, abi: optimismPortalAbi } as const

  async function proofBy(submitter: Address, id: Hash): Promise<Proof> {
    const [game, provenAt] = await client.readContract({
      ...portal,
      functionName: 'provenWithdrawals',
      args: [id, submitter],
    })
    if (provenAt === 0n) return { state: 'none' }
    const check = { ...portal, functionName: 'checkWithdrawal', args: [id, submitter] } as const
    const mature = await client.readContract(check).then(
      () => true,
      () => false,
    )
    if (mature) return { state: 'mature' }
    const registry = await client.readContract({ ...portal, functionName: 'anchorStateRegistry' })
    const [status, proper] = await Promise.all([
      client.readContract({ address: game, abi: assertionGameAbi, functionName: 'status' }),
      client.readContract({
        address: registry,
        abi: registryAbi,
        functionName: 'isGameProper',
        args: [game],
      }),
    ])
    return status === LOST || !proper ? { state: 'none' } : { state: 'young', provenAt, game }
  }

  /**
   * The relayer relies on its own proof, and on those of `owners`, whose withdrawal it is: anybody else can make a proof anew, and young again, for ever. One
   * that is mature serves whoever made it.
   */
  async function positionOf(
    relayer: Address,
    owners: readonly Address[],
    id: Hash,
    status: WithdrawalStatus,
  ): Promise<Position> {
    if (status === 'finalized') return { status }
    let young: { provenAt: bigint; game: Address; proofSubmitter: Address } | undefined
    for (const submitter of new Set([relayer, ...owners])) {
      const proof = await proofBy(submitter, id)
      if (proof.state === 'mature') return { status: 'readyToFinalize', proofSubmitter: submitter }
      if (proof.state === 'young' && (young === undefined || proof.provenAt < young.provenAt))
        young = { provenAt: proof.provenAt, game: proof.game, proofSubmitter: submitter }
    }
    if (status === 'readyToFinalize') {
      const count = await client.readContract({ ...portal, functionName: 'numProofSubmitters', args: [id] })
      const proofSubmitter = await client.readContract({
        ...portal,
        functionName: 'proofSubmitters',
        args: [id, count - 1n],
      })
      return { status, proofSubmitter }
    }
    if (young !== undefined) return { status: 'waitingToFinalize', ...young }
    return { status: status === 'waitingToFinalize' ? 'readyToProve' : status }
  }

  return { proofBy, positionOf }
}
