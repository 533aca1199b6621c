// Deposits ether: it is locked on L1, and arrives on L2 in a transaction whose hash follows from the L1 receipt.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createPublicClient, createWalletClient, defineChain, formatEther, http, parseEther } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { chainConfig, getL2TransactionHashes, publicActionsL2, walletActionsL1 } from 'viem/op-stack'

const { chain } = parseArgs({ options: { chain: { type: 'string', default: '.devnet/chain.json' } } }).values
const { l1, l2 } = JSON.parse(readFileSync(chain, 'utf8'))
// A development account, which has ether on both chains. Never use it elsewhere: everybody knows its key.
const account = mnemonicToAccount('test test test test test test test test test test test junk', {
  addressIndex: 1,
})
const l1Wallet = createWalletClient({ account, chain: l1, transport: http() }).extend(walletActionsL1())
const l1Client = createPublicClient({ chain: l1, transport: http() })
const l2Client = createPublicClient({
  chain: defineChain({ ...chainConfig, ...l2 }),
  transport: http(),
}).extend(publicActionsL2())

const amount = parseEther('1')
const before = await l2Client.getBalance({ address: account.address })

const request = await l2Client.buildDepositTransaction({ account, mint: amount, to: account.address })
const hash = await l1Wallet.depositTransaction(request)
const receipt = await l1Client.waitForTransactionReceipt({ hash })
console.log(`L1: ${hash} in block ${receipt.blockNumber}`)

const [l2Hash] = getL2TransactionHashes(receipt)
const arrived = await l2Client.waitForTransactionReceipt({ hash: l2Hash, timeout: 120_000 })
console.log(`L2: ${l2Hash} in block ${arrived.blockNumber}`)

const after = await l2Client.getBalance({ address: account.address })
console.log(`Balance on L2: ${formatEther(before)} -> ${formatEther(after)} ETH`)
if (arrived.status !== 'success' || after - before !== amount)
  throw new Error(`Expected ${formatEther(amount)} ETH more on L2, got ${formatEther(after - before)}.`)
