export { runCommand } from './commands.js'
export { commandConfig, serveConfig } from './config.js'
export { httpApi } from './http.js'
export { serve } from './serve.js'
