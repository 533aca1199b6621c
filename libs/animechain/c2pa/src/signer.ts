import { badCertificate } from './errors.js'
import { limits } from './limits.js'
import { certificatesOf, fromPem } from './pem.js'

/** Who signs manifests: a key here, in an HSM or at a service. */
export interface ManifestSigner {
  /** Certificates, DER each, the signer's first, then each one's issuer; without the root is enough. At most 8. */
  readonly chain: readonly Uint8Array[]
  /**
   * Signs with ES256: ECDSA on P-256 over the SHA-256 of `bytes`.
   * @returns r and s, 32 bytes each, big-endian; not DER.
   */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/**
 * A signer from the texts of PEM files.
 * @param pem.certificates The chain, the signer's own first.
 * @param pem.privateKey Its key, PKCS #8 (`BEGIN PRIVATE KEY`), on P-256.
 * @throws {BaseError} `C2PA_BAD_CERTIFICATE` when either is something else.
 */
export async function pemSigner(pem: { certificates: string; privateKey: string }): Promise<ManifestSigner> {
  const chain = certificatesOf(pem.certificates, limits.chain)
  const [pkcs8, ...more] = fromPem('PRIVATE KEY', pem.privateKey, 2)
  if (!pkcs8 || more.length > 0)
    throw badCertificate(
      `expected one block PRIVATE KEY (PKCS #8, not encrypted), got ${pkcs8 ? 'more' : 'none'}`,
    )
  const { subtle } = globalThis.crypto
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']).catch((error: unknown) => {
    throw badCertificate('expected a private key on P-256', error)
  })
  return {
    chain,
    sign: async (bytes) => new Uint8Array(await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, bytes)),
  }
}
