import { BaseError, InvalidInputError, type Hash, type Hex } from '@animechain/core'
import {
  accountSubject,
  allPurposes,
  messageHash,
  signMessage,
  type MessageSigner,
  type Session,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

/** Longest session, seconds. */
export const maxSessionSeconds = 8 * 3_600

/** A session and the key that signs its requests. */
export interface ActiveSession {
  signed: Signed<Session>
  /** EIP-712 hash */
  hash: Hash
  key: MessageSigner
}

/** A session as it may be kept: whoever has `privateKey` may ask in its subject's name until it expires. */
export interface StoredSession {
  signed: Signed<Session>
  privateKey: Hex
}

/** Where a session is kept between two starts of a program. In browsers: nowhere, or the memory of a page. */
export interface SessionStore {
  load(project: Hash, subject: Hex): Promise<StoredSession | undefined>
  save(project: Hash, subject: Hex, session: StoredSession): Promise<void>
}

/** Sessions of one account, one for each project. */
export interface Sessions {
  /**
   * The session for a project: that of today, or a new one, for which the wallet is asked once. Renewed ahead of its end in the background.
   * @throws {BaseError} `VAULT_SESSION` where the wallet does not sign and no session is left
   */
  current(project: Hash): Promise<ActiveSession>
  /** Forgets every session and its key. */
  forget(): void
}

/** Settings of sessions. */
export interface SessionOptions {
  domain: VaultDomain
  signer: MessageSigner
  /** purposes that sessions are for; default all */
  purposes?: number
  /** seconds that a session lasts, at most and by default 8 hours */
  seconds?: number
  /** seconds before the end at which a new one is signed; default a tenth of `seconds`, at most 10 minutes */
  renewSeconds?: number
  /** whether a session is renewed ahead without being asked for: a wallet may prompt. Default true */
  renewAhead?: boolean
  store?: SessionStore
  /** milliseconds since 1970 */
  now?: () => number
}

/** Seconds that clocks of nodes may be behind. */
const CLOCK_SKEW = 30n

/** Keeps the sessions of an account. */
export function sessions(options: SessionOptions): Sessions {
  const { domain, signer, store, now = Date.now, purposes = allPurposes, renewAhead = true } = options
  const seconds = options.seconds ?? maxSessionSeconds
  if (!(seconds > 60 && seconds <= maxSessionSeconds))
    throw new InvalidInputError('session', `61 to ${maxSessionSeconds} seconds`, seconds)
  const ahead = BigInt(options.renewSeconds ?? Math.min(600, Math.floor(seconds / 10)))
  const subject = accountSubject({ chainId: domain.chainId, address: signer.address })
  const active = new Map<Hash, ActiveSession>()
  const signing = new Map<Hash, Promise<ActiveSession>>()
  const clock = () => BigInt(Math.floor(now() / 1_000))
  const activeOf = ({ signed, privateKey }: StoredSession): ActiveSession => ({
    signed,
    hash: messageHash(domain, 'Session', signed.message),
    key: privateKeyToAccount(privateKey),
  })

  const sign = async (project: Hash): Promise<ActiveSession> => {
    const privateKey = generatePrivateKey()
    const notBefore = clock() - CLOCK_SKEW
    const message: Session = {
      ...{ subject, key: privateKeyToAccount(privateKey).address, project, purposes, notBefore },
      expiry: notBefore + BigInt(seconds),
    }
    const stored = { signed: await signMessage(signer, domain, 'Session', message), privateKey }
    const session = activeOf(stored)
    active.set(project, session)
    await store?.save(project, subject, stored)
    return session
  }

  const renew = (project: Hash): Promise<ActiveSession> => {
    const running = signing.get(project)
    if (running) return running
    const started = sign(project).finally(() => signing.delete(project))
    signing.set(project, started)
    return started
  }

  const known = async (project: Hash): Promise<ActiveSession | undefined> => {
    const there = active.get(project)
    if (there) return there
    const stored = await store?.load(project, subject)
    if (!stored || stored.signed.message.project !== project) return undefined
    const { message } = stored.signed
    if ((message.purposes & purposes) !== purposes || message.subject !== subject) return undefined
    const session = activeOf(stored)
    active.set(project, session)
    return session
  }

  return {
    async current(project) {
      const session = await known(project)
      const left = session ? session.signed.message.expiry - clock() : 0n
      if (session && left > ahead) return session
      if (session && left > CLOCK_SKEW) {
        // The old one serves until it is over: a wallet that is not looked at stops nobody.
        if (renewAhead) renew(project).catch(() => undefined)
        return session
      }
      try {
        return await renew(project)
      } catch (cause) {
        throw new BaseError(
          session
            ? `The session ended at ${isoTime(session.signed.message.expiry)} and the wallet did not sign a new one.`
            : 'The wallet did not sign a session.',
          { code: 'VAULT_SESSION', cause },
        )
      }
    },
    forget() {
      active.clear()
    },
  }
}

/** Seconds since 1970 as people read them. */
export const isoTime = (seconds: bigint): string => {
  const date = new Date(Number(seconds) * 1_000)
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().replace('.000', '')
}
