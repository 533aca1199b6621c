#!/usr/bin/env node
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { note, passed, say } from './demo/tell.js'
import { startStage, story } from './dispute/story.js'
import { onSignal } from './signals.js'
import type { TemporaryDevnet } from './temporary.js'

const { values } = parseArgs({
  options: { svg: { type: 'string', default: 'dispute.svg' }, kills: { type: 'string', default: '0' } },
})
const kills = Number(values.kills)
if (!Number.isInteger(kills) || kills < 0) {
  process.stderr.write(`--kills: expected how often the verifier is killed, got ${values.kills}\n`)
  process.exit(2)
}
let net: TemporaryDevnet | undefined
let code = 1
onSignal(() => void (net?.dispose() ?? Promise.resolve()).finally(() => process.exit(130)))
try {
  say(
    'A dispute about a wrong root, down to one instruction: every line is a real transaction on a real L1 on this machine.',
  )
  net = await startStage(note)
  await story(net, { svgPath: resolve(values.svg), kills })
  say(`The honest side won, in ${passed()}.`)
  code = 0
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
} finally {
  await net?.dispose()
}
process.exit(code)
