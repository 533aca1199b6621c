import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BaseError, InvalidInputError, type Address, type Hex, type Logger } from '@animechain/core'
import {
  createSignatureLog,
  fileMark,
  localSigner,
  openSignatureLog,
  remoteSigner,
  type AttestationSigner,
  type SignatureLog,
} from '@animechain/network-verifier'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { zeroAddress } from 'viem'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { networkFiles } from './files.js'
import type { NetworkAt } from './l1.js'

/** Who attests, and how the log of it is kept. */
export interface SignerSettings {
  dataDir: string
  attesterKey?: Hex | undefined
  signerUrl?: string | undefined
  signerToken?: string | undefined
  stakeOwner?: Address | undefined
  markFile?: string | undefined
  beginLog: boolean
}

/** A signer with what belongs to it. */
export interface OpenSigner {
  signer: AttestationSigner
  /** the key, where it is here */
  account: PrivateKeyAccount | undefined
  /** the log, where it is here */
  log: SignatureLog | undefined
  close(): Promise<void>
}

/** Above every batch that is asserted on L1 now. */
export async function floorAbove({ client }: NetworkAt, factory: Address): Promise<bigint> {
  const at = { address: factory, abi: disputeGameFactoryAbi } as const
  const count = await client.readContract({ ...at, functionName: 'gameCount' })
  let floor = 0n
  for (let index = 0n; index < count; index++) {
    const [, , game] = await client.readContract({ ...at, functionName: 'gameAtIndex', args: [index] })
    const batchIndex = await client
      .readContract({ address: game, abi: assertionGameAbi, functionName: 'batchIndex' })
      .catch(() => -1n)
    if (batchIndex >= floor) floor = batchIndex + 1n
  }
  return floor
}

/** Whether a key cannot have attested to anything that counts: no epoch began in which it could be active. */
async function isNew({ reads }: NetworkAt, key: Address): Promise<boolean> {
  const owner = await reads.ownerOfKey(key)
  if (owner === undefined) return true
  const [member, { epoch }] = await Promise.all([reads.member(owner), reads.now()])
  return member.key === key.toLowerCase() && member.since > epoch
}

const noLog = (path: string): BaseError =>
  new BaseError(`There is no log of signatures at ${path}, and the key may have attested before.`, {
    code: 'VERIFIER_NO_LOG',
    metaMessages: [
      'Expected the log that the key was used with. Without it the key could attest twice, which costs its whole stake.',
      'Restore the newest log. Where it is lost, and no other process has the key, start once with --begin-log: a new one begins above every batch that is asserted on L1.',
    ],
  })

/** Begins the log of a key, where that is safe. @throws {BaseError} `VERIFIER_NO_LOG` */
export async function beginLog(
  at: NetworkAt,
  factory: Address,
  { dataDir, markFile, beginLog: isAsked }: SignerSettings,
  key: Address,
): Promise<void> {
  const { log: path } = networkFiles(dataDir)
  if (existsSync(path)) return
  const isFresh = await isNew(at, key)
  if (!isFresh && !isAsked) throw noLog(path)
  await mkdir(dirname(path), { recursive: true })
  const marks = markFile === undefined ? [] : [fileMark(markFile)]
  const floor = isFresh ? 0n : await floorAbove(at, factory)
  await createSignatureLog({ path, key, domain: at.domain, marks, floor, replaceMarks: isAsked })
}

async function openRemote(at: NetworkAt, settings: SignerSettings): Promise<OpenSigner> {
  const { signerUrl: url, signerToken: token, stakeOwner } = settings
  if (token === undefined || stakeOwner === undefined)
    throw new InvalidInputError(
      'signerUrl',
      '--signer-token and --stake-owner with it',
      token === undefined ? 'no token' : 'no owner',
    )
  const { key } = await at.reads.member(stakeOwner)
  if (key === zeroAddress)
    throw new BaseError(`${stakeOwner} is no member of the verifiers.`, {
      code: 'VERIFIER_NO_MEMBER',
      metaMessages: ['Expected a member whose key the remote signer has: join first.'],
    })
  const signer = remoteSigner({ url: url!, token, address: key, domain: at.domain })
  return { signer, account: undefined, log: undefined, async close() {} }
}

/** Opens the log of a key that is here. @throws {BaseError} as `openSignatureLog` */
export async function openLocal(
  at: NetworkAt,
  { dataDir, attesterKey, markFile }: SignerSettings,
  logger: Logger,
): Promise<OpenSigner & { account: PrivateKeyAccount; log: SignatureLog }> {
  const account = privateKeyToAccount(attesterKey!)
  const log = await openSignatureLog({
    path: networkFiles(dataDir).log,
    ...(markFile === undefined ? {} : { marks: [fileMark(markFile)] }),
    ...{ key: account.address, domain: at.domain, logger },
  })
  return { signer: localSigner(log, account), account, log, close: () => log.close() }
}

/**
 * Opens who attests: the key with its log, or a remote signer.
 * @throws {BaseError} `VERIFIER_NO_LOG`, `VERIFIER_NO_MEMBER`, and as `openSignatureLog`
 */
export async function openSigner(
  at: NetworkAt,
  factory: Address,
  settings: SignerSettings,
  logger: Logger,
): Promise<OpenSigner> {
  const { attesterKey, signerUrl } = settings
  if (attesterKey !== undefined && signerUrl !== undefined)
    throw new InvalidInputError('attesterKey', 'a key here, or a remote signer', 'both')
  if (attesterKey === undefined) return openRemote(at, settings)
  await beginLog(at, factory, settings, privateKeyToAccount(attesterKey).address)
  return openLocal(at, settings, logger)
}
