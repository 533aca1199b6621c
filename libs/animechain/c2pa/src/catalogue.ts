import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  C2PA_BAD_CERTIFICATE: {
    cause: 'A text of PEM holds no certificates or no key on P-256, too many, or something else.',
    remedy:
      'Give certificates as `BEGIN CERTIFICATE`, and the key as `BEGIN PRIVATE KEY` (PKCS #8), unencrypted.',
  },
  C2PA_BAD_MANIFEST: {
    cause: 'A file has a manifest that is no C2PA manifest, or is cut.',
    remedy: 'Get the file from whoever signed it, or look for its record in a store of manifests.',
  },
  C2PA_BAD_RECORD: {
    cause: 'A file in the folder of a store of manifests is no record, or is cut or changed.',
    remedy: 'Remove the file that the message names, and record the output again.',
  },
  C2PA_NOT_SIGNED: {
    cause:
      'No manifest was made: the file has one already, the signer gave no ES256 signature, or the signature or its certificate does not pass the checks of C2PA.',
    remedy:
      'See what the message expects. A certificate has to be valid now, on P-256, with digital signatures as a use of its key and one of the extended uses that C2PA takes.',
  },
  C2PA_NOT_STARTED: {
    cause: 'The library of C2PA, which is WebAssembly, could not be read or fetched.',
    remedy: 'In a browser serve `@contentauth/c2pa-wasm/c2pa.wasm` and give its bytes to `startC2pa`.',
  },
  C2PA_OTHER_RECORD: {
    cause: 'A store of manifests has a record of this output already, with another manifest.',
    remedy: 'Give the new file a vault asset id of its own.',
  },
  C2PA_REFUSED: {
    cause: 'A file was to be recorded whose manifest is not accepted; the message says why.',
    remedy: 'Record files as they were signed, with a trust list that has their signer.',
  },
  EXCHANGE_INVALID: {
    cause: 'A document of works and licences is not as its schema or the rules of the contracts want it.',
    remedy: 'The message names each path with what was expected and what came, the first 20 of them.',
  },
  MEDIA_MALFORMED: {
    cause: 'A media file is cut, says lengths that do not fit, or has more than one manifest.',
    remedy: 'Get the file again.',
  },
  MEDIA_TOO_LARGE: {
    cause: 'A file, a manifest, their number or a store is larger than this package takes (`limits`).',
    remedy: 'Sign a smaller rendition of the film.',
  },
  MEDIA_UNKNOWN: {
    cause: 'The file is no PNG, JPEG, WebP or MP4, by its first bytes.',
    remedy: 'Convert it before it is signed.',
  },
} as const satisfies ErrorCatalogue
