import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { createPublicClient, createWalletClient, defineChain, http, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { chainId, newChain, node } from '../src/rollup.js'
import { serve } from '../src/serve.js'

test(
  'a transaction is in a block that a verifier derives from the batches alone',
  { timeout: 120_000 },
  async () => {
    const account = privateKeyToAccount(generatePrivateKey())
    const chain = newChain([account.address])
    const sequencer = node('sequencer', chain)
    const verifier = node('verifier', chain)
    const server = serve(sequencer, 0)
    await sequencer.start()
    await verifier.start()
    await server.start()
    try {
      const l2 = defineChain({
        id: Number(chainId),
        name: 'my rollup',
        nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
        rpcUrls: { default: { http: [server.url] } },
      })
      const wallet = createWalletClient({ account, chain: l2, transport: http() })
      const client = createPublicClient({ chain: l2, transport: http() })
      const to = privateKeyToAccount(generatePrivateKey()).address
      const hash = await wallet.sendTransaction({ to, value: parseEther('1') })
      const { blockNumber, blockHash } = await client.waitForTransactionReceipt({ hash })
      equal(await client.getBalance({ address: to }), parseEther('1'))

      while (verifier.chain.head('safe').number < blockNumber)
        await new Promise((done) => setTimeout(done, 100))
      equal(verifier.chain.headerByNumber(blockNumber)?.hash, blockHash)
    } finally {
      await server.stop()
      await verifier.stop()
      await sequencer.stop()
    }
  },
)
