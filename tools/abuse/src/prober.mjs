// The honest client's process: it shares no thread with an attacker, the chain on L1 or the harness, so that what it measures is the node's time.
import { createServer } from 'node:http'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { burst, honestClient, idleTimes } from './honest.mjs'

process.once('disconnect', () => process.exit(0))

/** A server that has nothing else to do, in a process of its own. */
function startIdle() {
  const child = fork(fileURLToPath(import.meta.url), ['idle'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', ({ port }) => resolve({ port, child }))
  })
}

function serveIdle() {
  const server = createServer((request, response) => {
    request.resume()
    request.once('end', () => response.end('{"jsonrpc":"2.0","id":1,"result":"0x0"}'))
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
}

async function probe({ options }) {
  const idle = await startIdle()
  const honest = honestClient(options)
  const machine = idleTimes(idle.port)
  process.on('message', async ({ begin, stop, payments }) => {
    if (begin) {
      honest.seen.latencies.length = 0
      machine.latencies.length = 0
    }
    if (stop) {
      machine.stop()
      idle.child.kill('SIGKILL')
      process.send({ seen: { ...(await honest.stop()), machine: machine.latencies } })
    }
    if (payments !== undefined)
      process.send({ taken: await burst({ ...options, count: payments }).catch(() => 0) })
  })
  process.send({ started: true })
}

if (process.argv[2] === 'idle') serveIdle()
else process.once('message', probe)
