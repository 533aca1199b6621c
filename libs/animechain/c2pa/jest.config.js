import { packageJest } from '../../../jest.base.js'

export default packageJest('animechain-c2pa')
