import type { Address } from '@animechain/core'
import { typedDataOf, type Attestation, type MessageSigner, type Signed } from '@animechain/network-protocol'
import type { Observed, SignatureLog } from '../log/signatureLog.js'

/** Attests with a key, behind a log: a batch has one signature, whatever happens. */
export interface AttestationSigner {
  /** the key */
  readonly address: Address
  /**
   * The signature for a batch; the one that there is, with the attestation that it was given for, where one was given before.
   * @throws {BaseError} as `SignatureLog.attest` and, of a remote one, `NETWORK_SIGNER_UNREACHABLE`, `NETWORK_SIGNER_WRONG`
   */
  attest(message: Attestation): Promise<Signed<Attestation>>
  /** Is told of an attestation of the key that was seen in gossip or on L1. @throws {BaseError} as {@link attest} */
  observe(attestation: Signed<Attestation>): Promise<Observed>
}

/**
 * A key in this process, behind its log.
 * @param key signs whatever it is given: a local account of viem, or what asks a hardware module
 */
export const localSigner = (log: SignatureLog, key: MessageSigner): AttestationSigner => ({
  address: log.key,
  attest: (message) =>
    log.attest(message, (wanted) => key.signTypedData(typedDataOf('attestation', log.domain, wanted))),
  observe: (attestation) => log.observe(attestation),
})
