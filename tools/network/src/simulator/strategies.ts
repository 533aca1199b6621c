/** How a verifier goes about its work. */
export interface Strategy {
  name: string
  /** Where it has outputs from. */
  derives: 'itself' | 'another node' | 'an honest node' | 'nowhere'
  /** Which assertions it signs: those that its outputs bear out, all, those that most others signed, or besides the right ones a lie of its coalition's. */
  signs: 'right' | 'anything' | 'the crowd' | 'its own lie'
  checksIn: boolean
  /** What it shows when it is drawn. */
  reveals: 'right' | 'junk' | 'nothing'
  /** It is away in one epoch of so many; 0 for never. */
  awayOneIn: number
}

const honest: Strategy = {
  ...{ name: 'honest', derives: 'itself', signs: 'right', checksIn: true, reveals: 'right', awayOneIn: 0 },
}

/** By name. */
export const strategies = {
  honest,
  away1: { ...honest, name: 'honest, offline in 1% of the epochs', awayOneIn: 100 },
  away10: { ...honest, name: 'honest, offline in 10% of the epochs', awayOneIn: 10 },
  copying: { ...honest, name: "copying the operator's outputs", derives: 'another node' },
  outsourcing: { ...honest, name: "copying an honest node's outputs", derives: 'an honest node' },
  lazy: {
    ...honest,
    ...{ name: 'lazy: signs anything', derives: 'nowhere', signs: 'anything', reveals: 'nothing' },
  },
  guessing: {
    ...honest,
    ...{ name: 'lazy, reveals junk', derives: 'nowhere', signs: 'anything', reveals: 'junk' },
  },
  silent: {
    ...honest,
    ...{ name: 'lazy, never checks in', derives: 'nowhere', signs: 'anything' },
    ...{ checksIn: false, reveals: 'nothing' },
  },
  following: {
    ...honest,
    ...{ name: 'lazy: signs what others signed', derives: 'nowhere', signs: 'the crowd', reveals: 'nothing' },
  },
  colluding: { ...honest, name: 'colluding', signs: 'its own lie' },
  freeloading: {
    ...honest,
    ...{ name: 'lazy: signs what others signed, never checks in', derives: 'nowhere', signs: 'the crowd' },
    ...{ checksIn: false, reveals: 'nothing' },
  },
} as const satisfies Record<string, Strategy>

export type StrategyName = keyof typeof strategies
