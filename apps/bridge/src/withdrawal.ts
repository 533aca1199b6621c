import type { Proof } from '@animechain/bridge'
import type { Early } from './fastExit.js'

/** The steps of a withdrawal on L1, and what is to be seen of it there. */
export interface WithdrawalSteps {
  /** Waits for an assertion that covers the withdrawal, and proves it against that. */
  prove(): Promise<void>
  finalize(): Promise<void>
  /** Tries to have it paid early, before the proof is mature. Absent: it is not asked for. */
  finalizeEarly?(): Promise<Early>
  isFinalized(): Promise<boolean>
  /** How far the own proof got. That of an assertion that has lost is none. */
  proof(): Promise<Proof['state']>
  pause(): Promise<void>
  say(line: string): void
}

/** Takes a withdrawal to its end: proves it, proves it again whenever the assertion behind the proof has lost, and finalises it when the proof is mature. */
export async function complete(steps: WithdrawalSteps): Promise<void> {
  const { say } = steps
  let early = steps.finalizeEarly
  for (let hasProven = false; !(await steps.isFinalized());) {
    const state = await steps.proof()
    if (state === 'mature') return steps.finalize()
    if (state === 'young') {
      const tried = (await early?.()) ?? 'wait'
      if (tried === 'never') early = undefined
      if (tried !== 'sent') await steps.pause()
      continue
    }
    if (hasProven) say('The assertion behind the proof has lost: proving against another one')
    await steps.prove()
    hasProven = true
    say('Waiting for the challenge period and the maturity of the proof')
  }
  say('The withdrawal is finalised')
}
