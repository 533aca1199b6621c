import { parseAbi } from 'viem'

/** The OP Stack's public bridge functions that routes call. */
export const standardBridgeAbi = parseAbi([
  'function bridgeETHTo(address to, uint32 minGasLimit, bytes extraData) payable',
  'function bridgeERC20To(address localToken, address remoteToken, address to, uint256 amount, uint32 minGasLimit, bytes extraData)',
])
export const erc721BridgeAbi = parseAbi([
  'function bridgeERC721To(address localToken, address remoteToken, address to, uint256 tokenId, uint32 minGasLimit, bytes extraData)',
])
export const erc1155BridgeAbi = parseAbi([
  'function bridgeERC1155To(address localToken, address remoteToken, address to, uint256 tokenId, uint256 amount, uint32 minGasLimit, bytes extraData)',
])
export const portalAbi = parseAbi([
  'function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes data) payable',
  'event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData)',
])
export const messagePasserAbi = parseAbi([
  'function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable',
  'event MessagePassed(uint256 indexed nonce, address indexed sender, address indexed target, uint256 value, uint256 gasLimit, bytes data, bytes32 withdrawalHash)',
])
export const approvalAbi = parseAbi([
  'function approve(address spender, uint256 amountOrId)',
  'function setApprovalForAll(address operator, bool approved)',
])
