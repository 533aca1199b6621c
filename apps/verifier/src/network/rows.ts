import { ALARM_DAY_FEE } from '@animechain/network-verifier'
import type { ConfigTable } from '@animechain/observability'

/** Rows of who takes part in the verifier network: the node, and the commands that have its key. */
export const memberTable = {
  attesterKey: {
    type: 'privateKey',
    help: 'Hot key of a member of the verifier network: attests, and pays the gas of its duties. Not the owner of the stake.',
  },
  signerUrl: {
    type: 'url',
    help: 'Remote signer that has the hot key instead (animechain-verifier sign). Needs --signer-token and --stake-owner.',
  },
  signerToken: {
    type: 'string',
    secret: true,
    help: 'What the remote signer asks for, 32 characters at least.',
  },
  stakeOwner: {
    type: 'address',
    help: 'Account of the member. Default: the one that the hot key belongs to on L1.',
  },
} as const satisfies ConfigTable

/** Rows of the log of signatures, where the hot key is. */
export const logTable = {
  markFile: {
    type: 'path',
    help: 'File, on another disk or machine than the data folder, that keeps the mark of the log of signatures: an old copy of the log is known by it.',
  },
  beginLog: {
    type: 'boolean',
    default: false,
    help: 'Begin a log of signatures where there is none, above every batch that is asserted on L1. Only once no other process has the key: what it signed is not known.',
  },
} as const satisfies ConfigTable

/** Rows of the duties. */
export const dutyTable = {
  alarms: {
    type: 'boolean',
    default: true,
    help: 'Raise alarms about wrong assertions, in gossip and on L1.',
  },
  dutyKey: {
    type: 'privateKey',
    help: 'Pays the gas of duties that anybody may do, where the hot key is with a remote signer. Without it those are not done.',
  },
  dutyFee: {
    type: 'bigint',
    default: 100_000_000_000n,
    min: 1,
    unit: 'wei',
    help: 'Fee per gas at most for duties on L1.',
  },
  alarmDayFee: {
    type: 'bigint',
    default: ALARM_DAY_FEE,
    min: 0,
    unit: 'wei',
    help: 'Fees of commitments to alarms on L1 in a day (UTC) at most, half of it for one alarm; 0: none are made. What comes after a commitment is paid only where the bounty of a drill is worth it.',
  },
} as const satisfies ConfigTable
