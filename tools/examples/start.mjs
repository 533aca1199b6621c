// node start.mjs <program> [--chain <chain.json>] [arguments]: runs an example on a devnet. Without --chain it starts one on free ports, in a folder of
// its own, and stops it afterwards. The exit code is the program's.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { setup } from '../dev/setup.mjs'

const [program, ...rest] = process.argv.slice(2)
const at = rest.indexOf('--chain')
// npm changes into the example's folder; paths are meant from where it was called.
const given = at >= 0 ? resolve(process.env.INIT_CWD ?? '.', rest.splice(at, 2)[1] ?? '') : undefined

const net = given ? undefined : await ownDevnet()
const child = spawn(
  process.execPath,
  ['--no-warnings', program, ...rest, '--chain', given ?? net.chainFile],
  { stdio: 'inherit' },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
const code = await new Promise((done) => child.once('close', (status) => done(status ?? 1)))
await net?.dispose()
process.exit(code)

async function ownDevnet() {
  await setup()
  const { temporaryDevnet } = await import('@animechain/devnet')
  console.log('Starting a devnet ...')
  return temporaryDevnet({
    // The examples do its work themselves.
    bridge: false,
    maxBatchAge: 2,
    maxIdleBatchAge: 4,
    l1Config: { forceDelay: 10 },
  })
}
