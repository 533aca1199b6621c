import { readFile, stat } from 'node:fs/promises'
import { BaseError, type Address, type Hash } from '@animechain/core'
import { drillCommitment, type DrillParts } from '@animechain/network-verifier'
import { jsonText } from '../network/send.js'
import { writeOnce } from '../network/files.js'

/** A drill as its maker's file has it; hex in lower case. */
export interface DrillSecret extends DrillParts {
  /** of L1 */
  chainId: number
  /** contract that it is committed to */
  drills: Address
  /** wei */
  bounty: bigint
}

/** A drill's file has 600 bytes. */
const MAX_FILE_BYTES = 4_096

const bad = (path: string, why: string, cause?: unknown): BaseError =>
  new BaseError(`The file ${path} cannot be used for this drill.`, {
    code: 'VERIFIER_DRILL_FILE',
    cause,
    // What is in it is not in the message: errors are logged.
    metaMessages: [why],
  })

const fields = {
  maker: /^0x[0-9a-f]{40}$/,
  drills: /^0x[0-9a-f]{40}$/,
  salt: /^0x[0-9a-f]{64}$/,
  batchAcc: /^0x[0-9a-f]{64}$/,
  outputRoot: /^0x[0-9a-f]{64}$/,
  commitment: /^0x[0-9a-f]{64}$/,
  batchIndex: /^\d{1,20}$/,
  bounty: /^\d{1,39}$/,
} as const

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function parse(path: string, text: string): DrillSecret {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // What the parser says may quote the secret.
  }
  if (!isObject(json) || json.version !== 1 || !Number.isSafeInteger(json.chainId))
    throw bad(path, 'Expected a file that `drill commit` wrote, version 1.')
  const found = json as Record<keyof typeof fields, string>
  for (const [name, pattern] of Object.entries(fields) as [keyof typeof fields, RegExp][])
    if (typeof found[name] !== 'string' || !pattern.test(found[name]))
      throw bad(path, `Expected ${name} in it, as \`drill commit\` writes it.`)
  const secret: DrillSecret = {
    ...{ chainId: json.chainId as number, drills: found.drills as Address, maker: found.maker as Address },
    ...{ salt: found.salt as Hash, batchAcc: found.batchAcc as Hash, outputRoot: found.outputRoot as Hash },
    ...{ batchIndex: BigInt(found.batchIndex), bounty: BigInt(found.bounty) },
  }
  if (drillCommitment(secret) !== found.commitment)
    throw bad(path, 'Expected its commitment to be that of what is in it: the file was changed or damaged.')
  return secret
}

/** The drill of a file; undefined: there is no file. @throws {BaseError} `VERIFIER_DRILL_FILE` where it cannot be read or is damaged */
export async function readDrillFile(path: string): Promise<DrillSecret | undefined> {
  let text: string
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES)
      throw bad(path, `Expected at most ${MAX_FILE_BYTES} bytes, got ${size}: this is another file.`)
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (cause instanceof BaseError) throw cause
    throw bad(path, 'Expected a file that can be read.', cause)
  }
  return parse(path, text)
}

/**
 * Writes a drill to a new file that its owner alone can read. It is on disk when this resolves: without it nobody can reveal what was committed to.
 * @throws {BaseError} `VERIFIER_DRILL_FILE` where there is a file, which stays as it is, or none can be written
 */
export async function writeDrillFile(path: string, secret: DrillSecret): Promise<void> {
  const text = jsonText({ version: 1, ...secret, commitment: drillCommitment(secret) })
  const isNew = await writeOnce(path, `${text}\n`).catch((cause: unknown) => {
    throw bad(path, 'Expected a folder in which a file can be written.', cause)
  })
  if (!isNew) throw bad(path, 'Expected no file of this name: none is overwritten.')
}
