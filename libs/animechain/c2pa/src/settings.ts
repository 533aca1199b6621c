/** What the library may do: never ask a network, and trust nobody but whom the caller names. */
export const settingsOf = (trust: { anchors?: string; signers?: string } = {}): string =>
  JSON.stringify({
    trust: {
      ...(trust.anchors === undefined ? {} : { trust_anchors: trust.anchors }),
      ...(trust.signers === undefined ? {} : { allowed_list: trust.signers }),
    },
    verify: {
      verify_after_sign: true,
      verify_trust: true,
      remote_manifest_fetch: false,
      ocsp_fetch: false,
    },
  })
