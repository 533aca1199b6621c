// The runner, built. `npm run vectors` builds what is missing first and then does the same.
import './dist/index.js'
