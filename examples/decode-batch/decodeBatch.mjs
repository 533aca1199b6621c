// Decodes a batch: from the hash of the L1 transaction that posted it to the blocks and transactions in it, as a table.
import { parseArgs } from 'node:util'
import { batchCodec } from '@animechain/codec'
import { inboxAbi } from '@animechain/contracts'
import { bytesToHex, commitmentPrefixes, depositTransactionType, hexToBytes } from '@animechain/core'
import { blob } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { readDeployment } from '@animechain/stack'
import {
  createPublicClient,
  createWalletClient,
  formatEther,
  http,
  keccak256,
  parseEventLogs,
  parseTransaction,
  recoverTransactionAddress,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { chain: { type: 'string', default: '.devnet/chain.json' } },
})
const { l1, l2, addresses, rollup } = readDeployment(values.chain)
const rpcUrl = l1.rpcUrls.default.http[0]
const l1Client = createPublicClient({ chain: l1, transport: http() })
const l2Client = createPublicClient({ chain: l2, transport: http() })

// 1. The inbox's event: which blocks, and the commitment to their bytes.
const receipt = await l1Client.getTransactionReceipt({ hash: positionals[0] ?? (await ownBatch()) })
const [event] = parseEventLogs({ abi: inboxAbi, logs: receipt.logs, eventName: 'BatchAppended' })
if (!event) throw new Error(`The L1 transaction ${receipt.transactionHash} appends no batch.`)
const { index, header, daKind, commitment } = event.args
console.log(`Batch ${index}: ${header.blockCount} blocks from ${header.firstBlock} on`)

// 2. The bytes, which are checked against the commitment.
const reader = daKind === commitmentPrefixes.blob ? blob({ rpcUrl }) : calldata({ rpcUrl })
const got = await reader.get(hexToBytes(commitment), {
  location: { l1TransactionHash: receipt.transactionHash, l1BlockNumber: receipt.blockNumber },
})
if (got.status !== 'data') throw new Error(`The bytes of the batch cannot be had: ${got.status}.`)

// 3. Blocks and transactions.
const decoded = await batchCodec().decode(got.data)
if (!decoded.ok) throw new Error(`No batch body: ${decoded.reason}.`)
const rows = []
for (const [i, { depositCount, transactions }] of decoded.body.blocks.entries()) {
  const number = header.firstBlock + BigInt(i)
  const raws = transactions.map(bytesToHex)
  if (raws.length === 0) rows.push({ block: Number(number), deposits: depositCount })
  for (const raw of raws) {
    const { type, to, value = 0n } = parseTransaction(raw)
    const from = await recoverTransactionAddress({ serializedTransaction: raw })
    const hash = keccak256(raw)
    rows.push({
      block: Number(number),
      deposits: depositCount,
      hash,
      type,
      from,
      to,
      ether: formatEther(value),
    })
  }
  // The node has the same transactions in this block, after those that L1 gave it (deposits).
  const block = await l2Client.getBlock({ blockNumber: number, includeTransactions: true })
  const theirs = block.transactions
    .filter(({ typeHex }) => Number(typeHex) !== depositTransactionType)
    .map(({ hash }) => hash)
  if (theirs.join() !== raws.map((raw) => keccak256(raw)).join())
    throw new Error(`Block ${number}: the batch has ${raws.length} transactions, the node ${theirs.length}.`)
}
console.table(rows)
console.log(`${got.data.length} bytes on L1; the node has the same transactions in the same blocks.`)

/** Sends a transaction on L2 and waits for the batch that holds it. */
async function ownBatch() {
  const account = mnemonicToAccount('test test test test test test test test test test test junk', {
    addressIndex: 4,
  })
  const wallet = createWalletClient({ account, chain: l2, transport: http() })
  const sent = await wallet.sendTransaction({ to: account.address, value: 1n })
  const { blockNumber } = await l2Client.waitForTransactionReceipt({ hash: sent })
  for (;;) {
    const batches = await l1Client.getContractEvents({
      abi: inboxAbi,
      address: addresses.inbox,
      eventName: 'BatchAppended',
      fromBlock: rollup.l1StartBlock,
    })
    const found = batches.find(
      ({ args: { header: blocks } }) =>
        blocks.firstBlock <= blockNumber && blockNumber < blocks.firstBlock + BigInt(blocks.blockCount),
    )
    if (found) return found.transactionHash
    await new Promise((done) => setTimeout(done, 1_000))
  }
}
