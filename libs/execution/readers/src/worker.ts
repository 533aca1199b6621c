// A reader's thread: an engine of its own over the same data. One job at a time.
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import {
  bytesToHex,
  type ExecutionEngine,
  type Hash,
  type KeyValueStore,
  type StoreView,
  type ThreadModule,
  type TracerOptions,
} from '@animechain/core'
import { asker } from './bridge.js'
import { plainError, type Job, type Message, type ThreadData } from './message.js'

/** Above 0: others of the machine come first, blocks above all. */
const NICENESS = 5
const { engine: engineModule, view, chain, genesis, bridge, cancel } = workerData as ThreadData
const post = (message: Message) => parentPort!.postMessage(message)

const load = async <T>({ module, name, argument }: ThreadModule): Promise<T> => {
  const exports = (await import(module)) as Record<string, (argument: unknown) => T>
  return exports[name]!(argument)
}

/** Linux gives each thread a priority of its own; elsewhere that of the process would change. */
function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS)
  } catch {
    // It works without.
  }
}

const refuse = () => {
  throw new Error('A reader writes nothing.')
}

async function start(): Promise<void> {
  stepBack()
  const ask = asker(bridge, post)
  const opened: StoreView = view
    ? await load<StoreView>(view)
    : { get: (key) => ask('get', key), refresh: () => {}, close: async () => {} }
  const storage: KeyValueStore = {
    id: 'view',
    get: (key) => opened.get(key),
    batch: refuse,
    iterate: refuse,
    start: async () => {},
    stop: async () => {},
  }
  // BLOCKHASH reaches 256 blocks back; a chain may be reorganised between two jobs.
  const hashes = new Map<bigint, Hash | undefined>()
  const engine = await load<ExecutionEngine>(engineModule)
  await engine.open({
    chain,
    genesis,
    storage,
    blockHash(number) {
      if (!hashes.has(number)) {
        const found = ask('blockHash', number)
        hashes.set(number, found && bytesToHex(found))
      }
      return hashes.get(number)
    },
  })
  const flag = new Int32Array(cancel)
  const signal = {
    get aborted() {
      return Atomics.load(flag, 0) === 1
    },
  }
  const origin = { signal }
  const text = ({ asText }: TracerOptions, value: unknown) => (asText ? JSON.stringify(value ?? null) : value)

  async function run(job: Job): Promise<unknown> {
    switch (job.method) {
      case 'call':
        return engine.call(job.args[0], job.args[1], { ...job.args[2], origin })
      case 'estimateGas':
        return engine.estimateGas(job.args[0], job.args[1], { ...job.args[2], origin })
      case 'createAccessList':
        return engine.createAccessList(job.args[0], job.args[1], { ...job.args[2], origin })
      case 'traceCall': {
        const [header, request, tracer, options] = job.args
        return text(tracer, await engine.traceCall(header, request, { ...tracer, origin }, options))
      }
      case 'traceBlock': {
        const [parent, input, tracer, index] = job.args
        const results = await engine.traceBlock(parent, input, { ...tracer, origin }, index)
        return results.map((result) => text(tracer, result))
      }
      case 'getProof': {
        const [header, address, slots] = job.args
        return engine.stateAt(header).getProof(address, slots)
      }
    }
  }

  parentPort!.on('message', (job: Job) => {
    hashes.clear()
    opened.refresh()
    run(job).then(
      (value) => post({ type: 'done', value }),
      (error: unknown) => post({ type: 'failed', error: plainError(error) }),
    )
  })
  post({ type: 'ready' })
}

await start()
