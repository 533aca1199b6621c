// The runner, built. `npm run conformance` builds what is missing first and then does the same.
import './dist/index.js'
