const word = (byte: string) => `0x${byte.repeat(32)}` as const

/**
 * For chains in whose tests nobody plays a dispute down to a step: a program that is none, and a genesis output root that stands for itself. Contracts take them
 * as they take real ones.
 */
export const unplayed = {
  proving: {
    program: { codeRoot: word('c0'), ramRoot: word('a0'), pages: 1 },
    rulesHash: word('12'),
  },
  genesisOutputRoot: () => word('60'),
} as const
