#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { passed, note, say } from './demo/tell.js'
import { networkStory, startNetworkStage } from './network/story.js'
import { onSignal } from './signals.js'
import type { TemporaryDevnet } from './temporary.js'

const { values } = parseArgs({ options: { corrupt: { type: 'string', default: 'others' } } })
const { corrupt } = values
if (corrupt !== 'others' && corrupt !== 'all') {
  process.stderr.write(`--corrupt: expected others or all, got ${corrupt}\n`)
  process.exit(2)
}
let net: TemporaryDevnet | undefined
let code = 1
onSignal(() => void (net?.dispose() ?? Promise.resolve()).finally(() => process.exit(130)))
try {
  say(
    'Seven verifiers, two exits in seconds, and a theft that costs the thieves: a real chain on this machine.',
  )
  net = await startNetworkStage(note)
  await networkStory(net, { corrupt })
  say(`Every step held, in ${passed()}.`)
  code = 0
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
} finally {
  await net?.dispose()
}
process.exit(code)
