// Gets a transaction into the chain without the sequencer: it is sent through L1, and a batch is forced that has to read it.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { batchCodec } from '@animechain/codec'
import { readBatchBase } from '@animechain/core'
import { optimistic } from '@animechain/settlement-optimistic'
import { readDeployment } from '@animechain/stack'
import { createPublicClient, createWalletClient, formatEther, http, parseEther } from 'viem'
import { generatePrivateKey, mnemonicToAccount, privateKeyToAddress } from 'viem/accounts'
import { getL2TransactionHashes, walletActionsL1 } from 'viem/op-stack'

const { chain } = parseArgs({ options: { chain: { type: 'string', default: '.devnet/chain.json' } } }).values
const { l1, l2, addresses, rollup } = readDeployment(chain)
const { sequencerPid, verifierUrl } = JSON.parse(readFileSync(join(dirname(chain), 'running.json'), 'utf8'))
const account = mnemonicToAccount('test test test test test test test test test test test junk', {
  addressIndex: 3,
})
const l1Wallet = createWalletClient({ account, chain: l1, transport: http() }).extend(walletActionsL1())
const l1Client = createPublicClient({ chain: l1, transport: http() })
const sequencer = createPublicClient({ chain: l2, transport: http() })
// A verifier, which anybody can run: it shows the chain that L1 makes.
const verifier = createPublicClient({ chain: l2, transport: http(verifierUrl) })

// The devnet's sequencer stands still from here on.
process.kill(sequencerPid, 'SIGSTOP')
process.once('exit', () => process.kill(sequencerPid, 'SIGCONT'))

// 1. A transfer on L2, signed and sent on L1. It mints nothing: it spends what the account has on L2.
const to = privateKeyToAddress(generatePrivateKey())
const amount = parseEther('0.2')
const sent = await l1Wallet.depositTransaction({
  request: { gas: 100_000n, to, value: amount },
  targetChain: l2,
})
const receipt = await l1Client.waitForTransactionReceipt({ hash: sent })
const [hash] = getL2TransactionHashes(receipt)
console.log(`Sent through L1 block ${receipt.blockNumber}; on L2 it is ${hash}`)

// 2. When it has waited long enough anybody may append a batch, and that batch reads what waits.
const inbox = optimistic({
  l1: { rpcUrl: l1.rpcUrls.default.http[0] },
  contracts: addresses,
  startBlock: rollup.l1StartBlock,
  accounts: { proposer: account },
})
await inbox.start()
console.log(`It can be forced after ${(await inbox.rules()).forceDelaySeconds} s`)
for (let forced; !forced; await new Promise((done) => setTimeout(done, 1_000))) {
  try {
    forced = await force()
  } catch (error) {
    // What a server answers for two different heads of L1 does not fit together, and is refused: ask again.
    console.log(`Again: ${error.message}`)
  }
}
await inbox.stop()

// 3. Every node that follows L1 has it, and so has the sequencer once it is back: it gives up blocks of its own for it.
for (const [name, client] of [
  ['verifier', verifier],
  ['sequencer', sequencer],
]) {
  if (client === sequencer) process.kill(sequencerPid, 'SIGCONT')
  const { status, blockNumber } = await client.waitForTransactionReceipt({ hash, timeout: 120_000 })
  const balance = await client.getBalance({ address: to })
  console.log(`The ${name} has it in block ${blockNumber}: ${formatEther(balance)} ETH at ${to}`)
  if (status !== 'success' || balance !== amount)
    throw new Error(`Expected ${formatEther(amount)} ETH on L2, got ${formatEther(balance)} (${status}).`)
}

/** Appends a batch that reads every deposit that waits; false when it is too early. */
async function force() {
  const { depositsRead, depositCount } = await inbox.view()
  const waiting = await inbox.getDeposits(depositsRead, depositCount)
  const body = await batchCodec().encode({
    blocks: [{ timestampDelta: 1, depositCount: waiting.length, transactions: [] }],
    // Under which L2 hash each deposit is found.
    labels: waiting.flatMap(({ label }) => label ?? []),
  })
  const outcome = await inbox.forceBatch(body, await readBatchBase(inbox, depositCount))
  if (outcome.status === 'rejected') return false
  if (outcome.status !== 'ok') throw outcome.error ?? new Error(outcome.status)
  console.log(`Forced by ${outcome.location.l1TransactionHash}`)
  return true
}
