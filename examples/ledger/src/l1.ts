import type { Hash } from '@animechain/core'
import {
  controlFacetAbi,
  controlFacetBytecode,
  hostFacetAbi,
  hostFacetBytecode,
  memoryFacetAbi,
  memoryFacetBytecode,
  numericFacetAbi,
  numericFacetBytecode,
  oneStepProverAbi,
  oneStepProverBytecode,
} from '@animechain/contracts'
import type { StepWitness } from '@animechain/proving-machine'
import {
  BaseError,
  bytesToHex,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  http,
  type Abi,
  type Account,
  type Address,
  type Hex,
} from 'viem'

/** What the contract says of a step: the hash of the state after it, with the gas of the call, or the error that it reverts with. */
export type Answer = { next: Hash; gas: bigint } | { error: string }

/** The contract that checks steps, deployed on an L1. It is part of every deployment of the dispute game; for one step it is enough. */
export interface Prover {
  address: Address
  step(witness: StepWitness): Promise<Answer>
}

/** Deploys the one-step prover. */
export async function deployProver(url: string, account: Account): Promise<Prover> {
  const publicClient = createPublicClient({ transport: http(url), pollingInterval: 100 })
  const wallet = createWalletClient({ account, transport: http(url) })
  const deploy = async (abi: Abi, bytecode: Hex, args: readonly unknown[] = []): Promise<Address> => {
    const hash = await wallet.deployContract({ abi, bytecode, args, chain: null })
    const { contractAddress } = await publicClient.waitForTransactionReceipt({ hash })
    return contractAddress!
  }
  const address = await deploy(oneStepProverAbi, oneStepProverBytecode, [
    await deploy(numericFacetAbi, numericFacetBytecode),
    await deploy(controlFacetAbi, controlFacetBytecode),
    await deploy(memoryFacetAbi, memoryFacetBytecode),
    await deploy(hostFacetAbi, hostFacetBytecode),
  ])
  return {
    address,
    async step({ state, proof, data }) {
      const args = [state, proof, bytesToHex(data)] as const
      const call = { address, abi: oneStepProverAbi, functionName: 'step', args, account } as const
      try {
        return {
          next: await publicClient.readContract(call),
          gas: await publicClient.estimateContractGas(call),
        }
      } catch (error) {
        const reverted =
          error instanceof BaseError && error.walk((e) => e instanceof ContractFunctionRevertedError)
        if (reverted instanceof ContractFunctionRevertedError && reverted.data)
          return { error: reverted.data.errorName }
        throw error
      }
    },
  }
}
