export { cheapest, type CheapestOptions } from './cheapest.js'
