import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError, InvalidInputError, type Hash } from '@animechain/core'
import {
  createVault,
  passFromJson,
  vaultChain,
  type Content,
  type KeyCommittee,
  type Pass,
  type Vault,
  type VaultStore,
} from '@animechain/vault-client'
import { storageAcrossEpochs, storageCommittee } from '@animechain/vault-committee'
import { parseCommittee, type CommitteeFile } from '@animechain/vault-protocol'
import { createPublicClient, createWalletClient, defineChain, http, type PublicClient } from 'viem'
import type { VaultValues } from './config.js'
import { fileStore } from './fileStore.js'
import { readKeyFile, type VaultKeys } from './keyFile.js'

/** What a command works with. */
export interface Session {
  values: VaultValues
  vault: Vault
  keys: VaultKeys
  committee: CommitteeFile
  store: VaultStore
  client: PublicClient
  signal: AbortSignal
}

/** The text of a file that was named. @throws {BaseError} `VAULT_NO_FILE` */
export const textOf = (path: string, what: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new BaseError(`The ${what} ${path} cannot be read: ${cause.code ?? cause.message}.`, {
      code: 'VAULT_NO_FILE',
      cause,
    })
  })

/** The committee file that the settings name. */
export const committeeFile = async (path: string): Promise<CommitteeFile> =>
  parseCommittee(await textOf(path, 'committee file'))

/**
 * The committee in force, and those before it, the newest first.
 * @throws {BaseError} `VAULT_NO_FILE`, `VAULT_BAD_COMMITTEE`
 * @throws {InvalidInputError} for files of different chains, or two of one epoch
 */
export async function committeeFiles(
  paths: readonly string[],
): Promise<{ committee: CommitteeFile; earlier: readonly CommitteeFile[] }> {
  const files = await Promise.all(paths.map(committeeFile))
  const [committee, ...earlier] = files.sort((a, b) => (a.epoch > b.epoch ? -1 : 1)) as [
    CommitteeFile,
    ...CommitteeFile[],
  ]
  for (const [i, each] of earlier.entries()) {
    const isSame =
      each.chainId === committee.chainId && each.registry.toLowerCase() === committee.registry.toLowerCase()
    if (!isSame)
      throw new InvalidInputError(
        'committee files',
        `files of chain ${committee.chainId} and registry ${committee.registry}`,
        `${each.chainId} and ${each.registry}`,
      )
    if (each.epoch === files[i]!.epoch)
      throw new InvalidInputError('committee files', 'one of each epoch', `two of epoch ${each.epoch}`)
  }
  return { committee, earlier }
}

/** Storage nodes of these committees, once. */
const storageNodesOf = (files: readonly CommitteeFile[]) => [
  ...new Map(files.flatMap(({ storage }) => storage.members).map((node) => [node.url, node])).values(),
]

/** The key nodes of a committee file, as the client takes them. */
export const keyCommittee = ({ epoch, keys }: CommitteeFile): KeyCommittee => ({
  epoch,
  threshold: keys.threshold,
  nodes: keys.members.map(({ address, url, shareKey }) => ({ address, url, shareKey: shareKey! })),
})

/** Path of the key file. */
export const keyPath = ({ keyFile, home }: VaultValues): string => keyFile ?? join(home, 'key.json')

/** A client of L2. */
function l2Client(url: string, chainId: number) {
  const chain = defineChain({
    ...{ id: chainId, name: 'L2', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
    rpcUrls: { default: { http: [url] } },
  })
  const transport = http(url, { timeout: 20_000 })
  return { chain, transport, client: createPublicClient({ chain, transport, pollingInterval: 250 }) }
}

/** Opens the store with the key file of the settings. */
export async function openSession(values: VaultValues, signal: AbortSignal): Promise<Session> {
  const keys = await readKeyFile(keyPath(values), values.passphrase)
  const { committee, earlier } = await committeeFiles(values.committee)
  const { chain, transport, client } = l2Client(values.l2RpcUrl, committee.chainId)
  const wallet = createWalletClient({ chain, transport, account: keys.account })
  const store = fileStore(values.home)
  const domain = { chainId: committee.chainId, registry: committee.registry }
  const vault = createVault({
    chain: vaultChain({ client, wallet, chainId: committee.chainId }),
    ...{ signer: keys.account, ownerKey: keys.ownerKey, store, keepSessions: true },
    committee: keyCommittee(committee),
    earlier: earlier.map(keyCommittee),
    storage: storageAcrossEpochs(
      [committee, ...earlier].map(({ storage }) => storageCommittee({ nodes: storage.members, domain })),
    ),
    storageNodes: storageNodesOf([committee, ...earlier]),
    timeoutMs: values.timeout,
  })
  return { values, vault, keys, committee, store, client, signal }
}

/** The pass that the settings name. */
export const passOf = async ({ pass }: VaultValues): Promise<Pass | undefined> =>
  pass === undefined ? undefined : passFromJson(await textOf(pass, 'pass'))

/** The project of the settings, of the pass, or the one that `init` remembered. @throws {InvalidInputError} */
export async function projectOf({ values, store }: Pick<Session, 'values' | 'store'>): Promise<Hash> {
  const id = values.project ?? (await passOf(values))?.project ?? (await store.get('project'))?.trim()
  if (!id || !/^0x[0-9a-f]{64}$/i.test(id))
    throw new InvalidInputError(
      'project',
      'an id of 32 bytes in --project, or one that `vault init` made',
      id ?? 'nothing',
    )
  return id as Hash
}

/** Content of a file, which is the same as long as its place, size and time of change are. */
export async function fileContent(path: string): Promise<Content> {
  const { size, mtimeNs, ino, isFile } = await stat(path, { bigint: true }).then(
    (found) => ({ ...found, isFile: found.isFile() }),
    (cause: NodeJS.ErrnoException) => {
      throw new BaseError(`The file ${path} cannot be read: ${cause.code ?? cause.message}.`, {
        code: 'VAULT_NO_FILE',
        cause,
      })
    },
  )
  if (!isFile) throw new InvalidInputError('file', 'a regular file, which can be read twice', path)
  return {
    open: () => createReadStream(path, { highWaterMark: 1024 * 1024 }),
    length: Number(size),
    fingerprint: `${await realpath(path)} ${ino} ${size} ${mtimeNs}`,
  }
}
