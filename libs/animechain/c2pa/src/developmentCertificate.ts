import { InvalidInputError, concatBytes } from '@animechain/core'
import type { webcrypto } from 'node:crypto'
import * as der from './der.js'
import { toPem } from './pem.js'

/** A chain made here, with its key. Nobody vouches for it. */
export interface DevelopmentCertificate {
  /** The signer's certificate, PEM: goes into each manifest. */
  certificates: string
  /** The signer's key, PKCS #8 in PEM. */
  privateKey: string
  /** The authority that issued it, PEM: for the trust list of whoever tries it out. Its key is forgotten. */
  anchor: string
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' }
const ecdsaWithSha256 = der.sequence(der.oid('1.2.840.10045.4.3.2'))
const DAY_MS = 86_400_000

const nameOf = (commonName: string): Uint8Array =>
  der.sequence(
    ...[
      ['2.5.4.10', 'Development only: nobody vouches for this'],
      ['2.5.4.3', commonName],
    ].map(([type, value]) => der.der(0x31, der.sequence(der.oid(type!), der.utf8String(value!)))),
  )

const extension = (id: string, value: Uint8Array, critical = false): Uint8Array =>
  der.sequence(der.oid(id), ...(critical ? [der.TRUE] : []), der.octetString(value))

/** RFC 5280's first way to an identifier of a key: SHA-1 of its point. It names, and protects nothing. */
async function keyId(spki: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-1', spki.subarray(-65)))
}

interface ToIssue {
  subject: string
  issuer: string
  spki: Uint8Array
  issuerId: Uint8Array
  issuerKey: webcrypto.CryptoKey
  authority: boolean
  from: Date
  until: Date
}

/** What C2PA asks of a certificate: version 3, critical uses of the key, for a signer one that signs documents or mail. */
async function issue(to: ToIssue): Promise<Uint8Array> {
  const { authority } = to
  const extensions = [
    extension('2.5.29.19', der.sequence(...(authority ? [der.TRUE] : [])), true),
    // keyCertSign and cRLSign, or digitalSignature.
    extension('2.5.29.15', der.bitString(new Uint8Array([authority ? 0x06 : 0x80]), authority ? 1 : 7), true),
    ...(authority ? [] : [extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.4')))]),
    extension('2.5.29.14', der.octetString(await keyId(to.spki))),
    extension('2.5.29.35', der.sequence(der.der(0x80, to.issuerId))),
  ]
  const serial = globalThis.crypto.getRandomValues(new Uint8Array(16))
  serial[0] = (serial[0]! & 0x7f) | 0x40
  const body = der.sequence(
    der.explicit(0, der.integer(new Uint8Array([2]))),
    der.integer(serial),
    ecdsaWithSha256,
    nameOf(to.issuer),
    der.sequence(der.time(to.from), der.time(to.until)),
    nameOf(to.subject),
    to.spki,
    der.explicit(3, der.sequence(...extensions)),
  )
  const signature = await globalThis.crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    to.issuerKey,
    body,
  )
  return der.sequence(body, ecdsaWithSha256, der.bitString(der.ecdsaValue(new Uint8Array(signature))))
}

async function newKey(): Promise<{ key: webcrypto.CryptoKeyPair; spki: Uint8Array }> {
  const { subtle } = globalThis.crypto
  const key = await subtle.generateKey(ECDSA, true, ['sign', 'verify'])
  return { key, spki: new Uint8Array(await subtle.exportKey('spki', key.publicKey)) }
}

/**
 * A signer's certificate and the authority that issued it, **for development and tests**: the name says so, nobody vouches for it, and no
 * other program trusts it. For production get a certificate for C2PA of an authority, and give its chain to `pemSigner`.
 * @param options.commonName Name of the signer, as verifiers show it; public. 1 to 64 characters.
 * @param options.days How long it is valid from now on; 30 unless given, 398 at most.
 */
export async function developmentCertificate(
  options: { commonName?: string; days?: number } = {},
): Promise<DevelopmentCertificate> {
  const { commonName = 'Animechain development signer', days = 30 } = options
  if (typeof commonName !== 'string' || commonName.length < 1 || commonName.length > 64)
    throw new InvalidInputError('commonName', '1 to 64 characters', commonName)
  if (!Number.isInteger(days) || days < 1 || days > 398)
    throw new InvalidInputError('days', 'a whole number of 1 to 398', days)
  const [root, leaf] = await Promise.all([newKey(), newKey()])
  const issuer = `${commonName.slice(0, 54)} authority`.slice(0, 64)
  // A minute before now, for clocks that are behind.
  const from = new Date(Date.now() - 60_000)
  const shared = {
    issuer,
    from,
    until: new Date(from.getTime() + days * DAY_MS),
    issuerId: await keyId(root.spki),
    issuerKey: root.key.privateKey,
  }
  const [anchor, own] = await Promise.all([
    issue({ ...shared, subject: issuer, spki: root.spki, authority: true }),
    issue({ ...shared, subject: commonName, spki: leaf.spki, authority: false }),
  ])
  const pkcs8 = await globalThis.crypto.subtle.exportKey('pkcs8', leaf.key.privateKey)
  return {
    certificates: toPem('CERTIFICATE', own),
    privateKey: toPem('PRIVATE KEY', concatBytes(new Uint8Array(pkcs8))),
    anchor: toPem('CERTIFICATE', anchor),
  }
}
