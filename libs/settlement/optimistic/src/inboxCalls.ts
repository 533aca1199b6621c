import { bytesToHex, type Address, type Hash, type Settlement } from '@animechain/core'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { encodeFunctionData } from 'viem'
import { resultOf, type Submitter } from './submitter.js'

/** The versioned hashes in a commitment of blobs. */
function versionedHashes(commitment: Uint8Array): Hash[] {
  const hashes: Hash[] = []
  for (let at = 1; at + 32 <= commitment.length; at += 32)
    hashes.push(bytesToHex(commitment.subarray(at, at + 32)))
  return hashes
}

/** Transactions to the inbox. */
export const inboxCalls = (inbox: Address, submitter: Submitter) =>
  ({
    async appendBatch(header, { parentAcc, depositAcc }, commitment, attachment, _location, options) {
      if (!attachment)
        return {
          status: 'rejected',
          reason: 'the inbox takes evidence: expected an attachment of the DA backend, got none',
        }
      const data = encodeFunctionData({
        abi: inboxAbi,
        functionName: 'appendBatch',
        args: [header, parentAcc, depositAcc, commitment[0]!, bytesToHex(attachment.evidence)],
      })
      const call = {
        what: `append the batch from block ${header.firstBlock}`,
        to: inbox,
        data,
        ...(attachment.type === 'blobs'
          ? { blobs: { blobs: attachment.blobs, versionedHashes: versionedHashes(commitment) } }
          : {}),
      }
      return resultOf(await submitter.send('batcher', call, options))
    },

    async forceBatch(body, { parentAcc, depositsKnown, depositAcc }, options) {
      const data = encodeFunctionData({
        abi: inboxAbi,
        functionName: 'forceBatch',
        args: [parentAcc, depositsKnown, depositAcc, bytesToHex(body)],
      })
      return resultOf(await submitter.send('any', { what: 'force a batch', to: inbox, data }, options))
    },

    async appendContext(options) {
      const data = encodeFunctionData({ abi: inboxAbi, functionName: 'appendContext' })
      return resultOf(await submitter.send('any', { what: 'append a context', to: inbox, data }, options))
    },
  }) satisfies Partial<Settlement>
