import { wasm } from '@animechain/execution-wasm'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memory } from '@animechain/storage-memory'
import { readers } from '@animechain/execution-readers'
import { rollupChain } from '@animechain/core'
const log = {
  debug() {},
  info() {},
  warn: console.log,
  error: console.log,
  child() {
    return this
  },
}
const engine = readers({ engine: process.argv[2] === 'js' ? ethereumjs() : wasm(), logger: log })
const storage = memory()
await storage.start()
const head = await engine.open({
  chain: rollupChain({ chainId: 7n }),
  genesis: {
    timestamp: 1n,
    gasLimit: 60000000n,
    baseFeePerGas: 1n,
    beneficiary: '0x4200000000000000000000000000000000000011',
    extraData: '0x',
    prevRandao: '0x' + '00'.repeat(32),
    alloc: {
      ['0x' + '11'.repeat(20)]: { balance: 5n, code: '0x602a60005260206000f3' },
      ['0x' + '22'.repeat(20)]: { balance: 5n, code: '0x5b600056' },
    },
  },
  storage,
  blockHash: () => undefined,
})
let t = performance.now()
console.log(await engine.call(head, { to: '0x' + '11'.repeat(20) }), performance.now() - t)
t = performance.now()
console.log(await engine.call(head, { to: '0x' + '11'.repeat(20) }), performance.now() - t)
for (let i = 0; i < 5; i++) {
  t = performance.now()
  await engine.call(head, { to: '0x' + '11'.repeat(20) })
  console.log(performance.now() - t)
}
t = performance.now()
console.log(
  await engine.createAccessList(head, { to: '0x' + '22'.repeat(20) }).catch((e) => e.code),
  performance.now() - t,
)
await engine.close()
