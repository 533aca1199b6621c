#!/usr/bin/env node
import { passed, note, say } from './demo/tell.js'
import { onSignal } from './signals.js'
import type { TemporaryDevnet } from './temporary.js'
import { startVaultStage, vaultStory } from './vault/story.js'

let net: TemporaryDevnet | undefined
let code = 1
onSignal(() => void (net?.dispose() ?? Promise.resolve()).finally(() => process.exit(130)))
try {
  say('A studio, an animator and the private store: a real chain and five real nodes on this machine.')
  net = await startVaultStage(note)
  await vaultStory(net)
  say(`\nEvery step held, in ${passed()}.`)
  code = 0
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
} finally {
  await net?.dispose()
}
process.exit(code)
