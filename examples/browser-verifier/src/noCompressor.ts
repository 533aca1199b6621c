/** Stands in for zstd-codec: a verifier decompresses (with the guest's own decoder) and never compresses. */
export default {
  ZstdCodec: {
    run(): never {
      throw new Error('There is no compressor in this page.')
    },
  },
}
