export { lmdb, lmdbView, type LmdbOptions } from './lmdb.js'
