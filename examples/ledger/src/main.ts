// Runs blocks of the ledger, and plays a dispute over them: node main.mjs <ledger.wasm>.
import { readFile } from 'node:fs/promises'
import { loadProgram, Replayer, status } from '@animechain/proving-machine'
import { anvil, testAccount } from '@animechain/testing'
import { formatEther } from 'viem'
import { dispute } from './dispute.js'
import { ecrecover } from './ecrecover.js'
import { deployProver } from './l1.js'
import { disputeOnL1 } from './onL1.js'
import { Player } from './player.js'
import { runInEngine } from './runInEngine.js'
import { scenario } from './scenario.js'
import { blockWitness } from './witness.js'

const log = (line: string) => void process.stdout.write(`${line}\n`)
const heights = { blocks: 2, spans: 10, steps: 10 }

const wasm = Uint8Array.from(await readFile(process.argv[2]!))
const program = loadProgram(wasm)
const { instructions, codeRoot, ramRoot, pages, hash } = program
log(`The program: ${wasm.length} bytes of WebAssembly, ${instructions} instructions of the machine`)
log(`  code root ${codeRoot}, RAM root ${ramRoot}, pages ${pages}`)
log(`  program hash ${hash}`)

const { people, genesis, batches, chain, lie } = await scenario()
const honest = new Player('honest', { genesis, batches, chain }, program, heights)
log('Blocks, in an engine and in the machine:')
for (const block of honest.blocks.slice(1)) {
  const host = blockWitness(honest.blocks[Number(block.number) - 1]!, batches, block.number, chain)
  const run = await Replayer.create(program, host)
  const steps = run.run()
  const { output, status: ended } = run.registers
  const same = runInEngine(wasm, host) === block.outputRoot && output === block.outputRoot
  if (!same || ended !== status.halted)
    throw new Error(`block ${block.number}: expected ${block.outputRoot}, got ${output}`)
  const balances = people.map(({ name, address }) => `${name} ${block.accounts.get(address)?.balance ?? 0n}`)
  log(`  ${block.number}: ${balances.join(', ')}; output root ${block.outputRoot}, ${steps} steps`)
}

const liar = new Player('liar', { genesis, batches, chain: lie }, program, heights)
const verdict = await dispute(
  [honest, liar],
  {
    program,
    heights,
    l1: { precompile: (_, input) => ecrecover(input), blobValue: () => false },
  },
  log,
)

// The same step on a real L1, and then a whole dispute by the contracts of a chain.
const l1 = await anvil()
try {
  const prover = await deployProver(l1.url, testAccount(0))
  log(`OneStepProver at ${prover.address} of an anvil:`)
  const [ours, theirs] = [await prover.step(verdict.honest.witness), await prover.step(verdict.liar.witness)]
  for (const [{ name }, answer] of [
    [honest, ours],
    [liar, theirs],
  ] as const)
    log(`  ${name}: ${'next' in answer ? `${answer.next}, ${answer.gas} gas` : answer.error}`)
  if (!('next' in ours) || ours.next !== verdict.honest.claimed || 'next' in theirs)
    throw new Error('expected that L1 takes the honest step and no other')

  const { body, blockCount } = batches[0]!
  const ending = await disputeOnL1(l1, { program, genesis, body: body!, blockCount, chain, lie }, log)
  log(`The honest claim is ${ending.honest}, the other ${ending.liar}.`)
  log(
    `The liar lost ${formatEther(ending.lost)} ETH, the honest player won ${formatEther(ending.won)} ETH, gas apart.`,
  )
  if (ending.honest !== 'accepted' || ending.liar !== 'rejected')
    throw new Error('expected that the honest claim is accepted')
} finally {
  await l1.stop()
}
