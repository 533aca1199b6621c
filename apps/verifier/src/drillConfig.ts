import { defineConfig, packageVersion } from '@animechain/observability'
import { commandConfig } from './memberConfig.js'
import { dutyTable } from './network/rows.js'

/** Words behind `animechain-verifier drill`. */
export const drillCommands = ['commit', 'assert', 'reveal', 'decide', 'close', 'expire', 'status'] as const
export type DrillCommand = (typeof drillCommands)[number]

const { l1RpcUrl, l1Quorum, deployment, json } = commandConfig.table

/** Settings of the commands of a drill's maker. */
export const drillConfig = defineConfig(
  {
    ...{ l1RpcUrl, l1Quorum, deployment },
    drillFile: {
      type: 'path',
      required: true,
      help: 'File of the drill with its secret. commit makes it, for its owner only (mode 0600), and overwrites none; the others read it.',
    },
    makerKey: {
      type: 'privateKey',
      help: 'Account that makes the drill: commit, reveal. It pays bounty and gas, and gets the bounty back where nobody raised an alarm. decide, close, expire: any account that pays the gas.',
    },
    asserterKey: {
      type: 'privateKey',
      help: 'Account that asserts the wrong root and pays the bond: assert. Another one than the maker, who is known from the commitment on.',
    },
    batch: {
      type: 'bigint',
      min: 0,
      help: 'Index of the batch that the drill is about, which must be on L1: commit.',
    },
    outputRoot: {
      type: 'hex',
      help: 'Wrong output root that is going to be asserted, 32 bytes: commit. Default: a random one.',
    },
    bounty: {
      type: 'string',
      help: 'Bounty of the drill, ether as a decimal number (0.1): commit. Default: the least that L1 takes.',
    },
    game: {
      type: 'address',
      help: 'Assertion that is the drill, where others have asserted its root too: reveal. Default: the oldest after the commitment.',
    },
    to: { type: 'address', help: 'Receiver of a bounty that comes back: close. Default: the maker.' },
    dutyFee: { ...dutyTable.dutyFee, help: 'Fee per gas at most.' },
    json,
  },
  {
    program: 'animechain-verifier drill',
    version: packageVersion(import.meta.url),
    positionals: drillCommands.join(' | '),
    summary: [
      'A drill is a wrong assertion that is made on purpose: it shows who attests without looking, and pays the first who raises an alarm on L1.',
      '',
      'commit  write the secret to --drill-file and commit to the drill on L1; the bounty goes there',
      'assert  assert the wrong root; costs the bond of an assertion',
      'reveal  say that it was a drill, once somebody asserted another root: its signers lose a tenth, not all',
      'decide  once L1 has accepted another root: from then on alarms can be revealed',
      'close   after that: the bounty to the first right alarm, or back',
      'expire  burn the bounty of a drill that was not revealed or decided in time',
      'status  where the drill stands, and what is next; sends nothing',
    ].join('\n'),
  },
)
