export { file, type FileOptions } from './file.js'
export { lockFolder } from './lock.js'
