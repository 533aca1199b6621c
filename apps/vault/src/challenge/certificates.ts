import { bytesToHex, type Address, type Hash } from '@animechain/core'
import { committeeRegistryAbi, committeeRoles, inboxAbi } from '@animechain/contracts'
import { inboxEvidence } from '@animechain/l1'
import { UNITS, layoutOf } from '@animechain/vault-format'
import {
  availabilitySigner,
  batchKeyDepth,
  certificateTypes,
  type BlobDescriptor,
  type CertificateDomain,
} from '@animechain/vault-protocol'
import { decodeAbiParameters, type PublicClient } from 'viem'
import type { Promised } from './contract.js'

/** Kind of batches that a committee certifies. docs/spec/protocol.md 1.3 */
const PRIVATE_KIND = 4
/** Blocks of one question for logs, and back to which batches are looked for: a week. */
const SPAN = 2_000n
const LOOK_BACK = 50_400n

const evidenceTypes = [
  { type: 'tuple', components: certificateTypes.Availability },
  { type: 'bytes[]' },
  { type: 'uint256' },
  { type: `bytes32[${batchKeyDepth}]` },
] as const

/** Where batches are, who certified them, and who has what they are. */
export interface CertificateParts {
  client: PublicClient
  inbox: Address
  registry: Address
  certificates: CertificateDomain
  descriptor: (blob: Hash) => Promise<BlobDescriptor>
  /** a random number from 0 to n - 1 */
  below: (n: number) => number
}

/** Transactions that appended batches with certificates, of the last week of L1. */
export async function certifiedBatches({
  client,
  inbox,
}: Pick<CertificateParts, 'client' | 'inbox'>): Promise<Hash[]> {
  const head = await client.getBlockNumber()
  const found: Hash[] = []
  for (let from = head > LOOK_BACK ? head - LOOK_BACK : 0n; from <= head; from += SPAN) {
    const logs = await client.getContractEvents({
      ...{ address: inbox, abi: inboxAbi, eventName: 'BatchAppended', fromBlock: from },
      toBlock: from + SPAN - 1n < head ? from + SPAN - 1n : head,
    })
    for (const { args, transactionHash } of logs)
      if (args.daKind === PRIVATE_KIND) found.push(transactionHash)
  }
  return found
}

/** What a member certified of a batch, one of its signers by chance. Undefined: the transaction shows no certificate, or the signer has no bytes of it. */
export async function certifiedBy(parts: CertificateParts, transaction: Hash): Promise<Promised | undefined> {
  const { client, registry, certificates, descriptor, below } = parts
  const { input } = await client.getTransaction({ hash: transaction })
  const evidence = inboxEvidence(input)
  if (!evidence) return undefined
  const [what, signatures] = decodeAbiParameters(evidenceTypes, bytesToHex(evidence))
  const signature = signatures[below(signatures.length)]!
  const signer = await availabilitySigner(certificates, what, signature)
  const seat = await client.readContract({
    ...{ address: registry, abi: committeeRegistryAbi, functionName: 'seatOf' },
    args: [what.committee, committeeRoles.storage, signer],
  })
  const shard = (Number(seat) - 1) % UNITS
  if (seat === 0n || layoutOf(what.length).shardLength(shard) === 0) return undefined
  return {
    ...{ kind: 'certified', adapter: certificates.adapter, what, signature, signer, shard },
    descriptor: await descriptor(what.blob),
  }
}
