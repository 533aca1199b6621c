import type { Proof } from '@animechain/bridge'

/** The steps of a withdrawal on L1, and what is to be seen of it there. */
export interface WithdrawalSteps {
  /** Waits for an assertion that covers the withdrawal, and proves it against that. */
  prove(): Promise<void>
  finalize(): Promise<void>
  isFinalized(): Promise<boolean>
  /** How far the own proof got. That of an assertion that has lost is none. */
  proof(): Promise<Proof['state']>
  pause(): Promise<void>
  say(line: string): void
}

/** Takes a withdrawal to its end: proves it, proves it again whenever the assertion behind the proof has lost, and finalises it when the proof is mature. */
export async function complete(steps: WithdrawalSteps): Promise<void> {
  const { say } = steps
  for (let hasProven = false; !(await steps.isFinalized());) {
    const state = await steps.proof()
    if (state === 'mature') return steps.finalize()
    if (state === 'young') {
      await steps.pause()
      continue
    }
    if (hasProven) say('The assertion behind the proof has lost: proving against another one')
    await steps.prove()
    hasProven = true
    say('Waiting for the challenge period and the maturity of the proof')
  }
  say('The withdrawal is finalised')
}
