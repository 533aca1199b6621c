#!/usr/bin/env node
import { ownDevnet, runningDevnet, type Stage } from './demo/stage.js'
import { passed, say } from './demo/tell.js'
import { tour } from './demo/tour.js'
import { onSignal } from './signals.js'

let stage: Stage | undefined
let code = 1
onSignal(() => void (stage?.end() ?? Promise.resolve()).finally(() => process.exit(130)))
try {
  say('A guided tour of the rollup: every line is a real transaction on real chains on this machine.')
  stage = runningDevnet() ?? (await ownDevnet())
  await tour(stage)
  say(`\nEvery step held, in ${passed()}.`)
  code = 0
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
} finally {
  await stage?.end()
}
process.exit(code)
