// Withdraws ether in the three steps that every withdrawal takes: initiate on L2, prove on L1, finalise on L1.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createPublicClient, createWalletClient, defineChain, formatEther, http, parseEther } from 'viem'
import { generatePrivateKey, mnemonicToAccount, privateKeyToAddress } from 'viem/accounts'
import {
  chainConfig,
  publicActionsL1,
  publicActionsL2,
  walletActionsL1,
  walletActionsL2,
} from 'viem/op-stack'

const { chain } = parseArgs({ options: { chain: { type: 'string', default: '.devnet/chain.json' } } }).values
const deployment = JSON.parse(readFileSync(chain, 'utf8'))
const l1 = deployment.l1
const l2 = defineChain({ ...chainConfig, ...deployment.l2 })
const account = mnemonicToAccount('test test test test test test test test test test test junk', {
  addressIndex: 2,
})
const l1Wallet = createWalletClient({ account, chain: l1, transport: http() }).extend(walletActionsL1())
const l2Wallet = createWalletClient({ account, chain: l2, transport: http() }).extend(walletActionsL2())
const l1Client = createPublicClient({ chain: l1, transport: http() }).extend(publicActionsL1())
const l2Client = createPublicClient({ chain: l2, transport: http() }).extend(publicActionsL2())

const amount = parseEther('0.1')
// An account that nobody has used, so that its balance afterwards is what was withdrawn.
const to = privateKeyToAddress(generatePrivateKey())

const request = await l1Client.buildInitiateWithdrawal({ account, to, value: amount })
const hash = await l2Wallet.initiateWithdrawal(request)
const receipt = await l2Client.waitForTransactionReceipt({ hash })
console.log(`Initiated: ${hash} in L2 block ${receipt.blockNumber}`)

// Until an output that covers the block is asserted on L1.
const { game, withdrawal } = await l1Client.waitToProve({ receipt, targetChain: l2 })
const proof = await l2Client.buildProveWithdrawal({ account, game, withdrawal })
await mined('Proved', await l1Wallet.proveWithdrawal(proof))

// Until the challenge period is over and the proof is old enough: 12 seconds on the devnet, eight days with the delays of production.
while ((await l1Client.getWithdrawalStatus({ receipt, targetChain: l2 })) !== 'ready-to-finalize')
  await new Promise((done) => setTimeout(done, 1_000))
await mined('Finalised', await l1Wallet.finalizeWithdrawal({ targetChain: l2, withdrawal }))

const balance = await l1Client.getBalance({ address: to })
console.log(`Balance of ${to} on L1: ${formatEther(balance)} ETH`)
if (balance !== amount)
  throw new Error(`Expected ${formatEther(amount)} ETH on L1, got ${formatEther(balance)}.`)

async function mined(what, transaction) {
  const { status, blockNumber } = await l1Client.waitForTransactionReceipt({ hash: transaction })
  if (status !== 'success') throw new Error(`${what}: the L1 transaction ${transaction} reverted.`)
  console.log(`${what}: ${transaction} in L1 block ${blockNumber}`)
}
