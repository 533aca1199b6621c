/** Bytes of a request or an answer of a remote signer at most. */
export const maxSignerBytes = 4_096

/** Paths of a remote signer. */
export const signerPaths = {
  /** POST `abi.encode(attestation)`: the signed attestation */
  attest: '/v1/attestations',
  /** POST a signed attestation: `{ observed }` */
  observe: '/v1/observed',
  /** GET `{ address }` */
  key: '/v1/key',
} as const

/** An answer that is no success: `{ error: { code, message } }`. */
export interface SignerError {
  error: { code: string; message: string }
}
