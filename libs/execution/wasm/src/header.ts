export { encodeHeader } from '@animechain/tx'
