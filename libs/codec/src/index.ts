export { batchCodec, type BatchCodecOptions } from './batchCodec.js'
export { codecLimits, type CodecLimits } from './limits.js'
