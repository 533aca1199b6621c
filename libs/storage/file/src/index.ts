export { file, type FileOptions } from './file.js'
