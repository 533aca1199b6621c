import type { OpName } from '@animechain/proving-machine'
import { genesisOutput, toyRules } from '../../../../libs/proving/interactive/test/toyChain.js'
import { heights } from '../../../../libs/proving/interactive/test/l1World.js'
import type { Strategy } from '../match.js'
import { placeOf, stepsOf } from '../steps.js'
import { players } from './scripts.js'

/** Wrong from one step of the first block on. */
function lieAt(name: string, what: string, choose: (steps: readonly OpName[]) => number): Strategy {
  return {
    name,
    what,
    async begin(arena) {
      const steps = stepsOf(genesisOutput, arena.w.batches[0]!.preimage, 1n, toyRules)
      const index = choose(steps)
      if (index < 0) throw new Error(`expected a step for ${name} among ${steps.length}, got none`)
      return players(await arena.liar(1n, { ...placeOf(index), seed: 9 }))
    },
  }
}

const first = (op: OpName) => (steps: readonly OpName[]) => steps.indexOf(op)
const last = (op: OpName) => (steps: readonly OpName[]) => steps.lastIndexOf(op)

/** Lies at steps that are unlike others, or look as if nobody could prove them. */
export const steps: readonly Strategy[] = [
  lieAt('step-first', 'the lie is in the first step', () => 0),
  lieAt('step-input', 'the lie is in reading an input', first('input')),
  lieAt('step-preimage', 'the lie is in reading a preimage', last('preimage')),
  lieAt('step-store', 'the lie is in the last write to memory', last('i64_store')),
  lieAt('step-grow', 'the lie is in memory.grow', first('memory_grow')),
  lieAt(
    'step-fill',
    'the lie is in the middle of a memory.fill, which takes several steps',
    (all) => 1 + first('memory_fill')(all),
  ),
  lieAt(
    'step-copy',
    'the lie is in the middle of an overlapping memory.copy',
    (all) => 1 + first('memory_copy')(all),
  ),
  lieAt('step-halting', 'the lie is in the step that gives the output and halts', (all) => all.length - 1),
  lieAt('step-after-halt', 'the lie begins after the machine has halted', (all) => all.length + 3),
  lieAt(
    'step-last',
    'the lie is in the last step that the game knows',
    () => 2 ** (heights[1] + heights[2]) - 1,
  ),
]
