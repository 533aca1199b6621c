import { mnemonicToAccount } from 'viem/accounts'
import { newChain, node } from './rollup.js'
import { serve } from './serve.js'

// A development account, whose key everybody knows.
const account = mnemonicToAccount('test test test test test test test test test test test junk')
const rollup = node('sequencer', newChain([account.address]))
const server = serve(rollup, Number(process.env.PORT ?? 9545))

rollup.on('safe', ({ header }) => console.log(`block ${header.number} is safe`))
rollup.on('serviceError', ({ service, error }) => console.error(`${service}: ${error.message}`))
await rollup.start()
await server.start()
console.log(`JSON-RPC at ${server.url}; ${account.address} has ether`)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void server.stop().then(() => rollup.stop()))
