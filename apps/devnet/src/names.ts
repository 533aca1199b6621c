/** Members of the committee of a devnet's private store. */
export const vaultNames = ['vault1', 'vault2', 'vault3', 'vault4', 'vault5'] as const
/** A member of the committee by name. */
export type VaultName = (typeof vaultNames)[number]

/** A verifier of a devnet by name: `verifier`, and with a network `verifier2` and so on. */
export type VerifierName = 'verifier' | `verifier${number}`

/** Programs of a devnet that can be stopped and started one by one. */
export type ProgramName = 'sequencer' | VerifierName | 'bridge' | VaultName
