import { InvalidInputError, isBaseError, type Hash } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import type { StorageCommittee } from './committee.js'
import type { ReadOptions } from './read.js'

/** Blobs whose committee is remembered. */
const REMEMBERED = 4_096

/** What may be tried elsewhere: these nodes have the blob not, or not enough of it. */
const isElsewhere = (error: unknown): boolean =>
  isBaseError(error) && (error.code === 'VAULT_UNKNOWN_BLOB' || error.code === 'VAULT_UNREADABLE')

/**
 * Committees of several epochs as one: what is put goes to the newest, what is read is asked of each until one has it, the one that had the blob before first.
 * A blob is unknown only where all say so.
 * @param committees the newest first
 * @throws {InvalidInputError} for none
 */
export function storageAcrossEpochs(
  committees: readonly StorageCommittee[],
): Pick<StorageCommittee, 'put' | 'contentLength' | 'read'> {
  const [newest] = committees
  if (newest === undefined) throw new InvalidInputError('committees', 'at least one', committees.length)
  const places = boundedMap<Hash, StorageCommittee>(REMEMBERED)
  const orderOf = (blob: Hash): readonly StorageCommittee[] => {
    const first = places.get(blob)
    return first ? [first, ...committees.filter((each) => each !== first)] : committees
  }
  /** The error that says most: that a blob cannot be read now rather than that it is unknown. */
  const worse = (before: unknown, error: unknown): unknown =>
    before === undefined || (isBaseError(before) && before.code === 'VAULT_UNKNOWN_BLOB') ? error : before

  async function* read(options: ReadOptions): AsyncGenerator<Uint8Array> {
    const { blob, offset = 0, length } = options
    let done = 0
    let failure: unknown
    for (const committee of orderOf(blob)) {
      try {
        const rest = length === undefined ? {} : { length: length - done }
        for await (const piece of committee.read({ ...options, offset: offset + done, ...rest })) {
          done += piece.length
          yield piece
        }
        places.set(blob, committee)
        return
      } catch (error) {
        if (!isElsewhere(error)) throw error
        failure = worse(failure, error)
      }
    }
    throw failure
  }

  return {
    put: (options) => newest.put(options),
    read,
    async contentLength(options) {
      let failure: unknown
      for (const committee of orderOf(options.blob))
        try {
          const length = await committee.contentLength(options)
          places.set(options.blob, committee)
          return length
        } catch (error) {
          if (!isElsewhere(error)) throw error
          failure = worse(failure, error)
        }
      throw failure
    },
  }
}
