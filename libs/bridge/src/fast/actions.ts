import type { Account, Chain, Client, Transport } from 'viem'
import type { Hash } from '@animechain/core'
import { getCertificate, type FoundCertificate, type GetCertificateParameters } from './certificate.js'
import { finalizeWithdrawalFast, type FinalizeWithdrawalFastParameters } from './finalize.js'
import { getFastExitQuote, type GetFastExitQuoteParameters } from './getQuote.js'
import type { FastExitQuote } from './quote.js'

type AnyClient = Client<Transport, Chain | undefined, Account | undefined>

/** Actions of a public client of L1, for `client.extend(fastExitPublicActions())`, beside viem's `publicActionsL1`. */
export const fastExitPublicActions = () => (client: AnyClient) => ({
  getCertificate: (parameters: GetCertificateParameters): Promise<FoundCertificate> =>
    getCertificate(client, parameters),
  getFastExitQuote: (parameters: GetFastExitQuoteParameters): Promise<FastExitQuote> =>
    getFastExitQuote(client, parameters),
})

/** Actions of a wallet client of L1, for `client.extend(fastExitWalletActions())`, beside viem's `walletActionsL1`. */
export const fastExitWalletActions = () => (client: AnyClient) => ({
  finalizeWithdrawalFast: (parameters: FinalizeWithdrawalFastParameters): Promise<Hash> =>
    finalizeWithdrawalFast(client, parameters),
})
