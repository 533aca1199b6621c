// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ILegacyMintableERC20, IOptimismMintableERC20} from "../bridge/interfaces/IOptimismMintableERC20.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title OptimismMintableERC20
/// @notice An ERC-20 that stands for a token of the other layer: the bridge mints it for tokens locked there, and burns it.
contract OptimismMintableERC20 is IOptimismMintableERC20, ILegacyMintableERC20, ERC20Permit, ISemver {
    /// @notice The bridge minted what was locked on the other layer.
    /// @param account Who owns it now.
    /// @param amount In the smallest unit.
    event Mint(address indexed account, uint256 amount);

    /// @notice The bridge burnt what goes back to the other layer.
    /// @param account Who owned it.
    /// @param amount In the smallest unit.
    event Burn(address indexed account, uint256 amount);

    /// @notice Only the bridge mints and burns.
    /// @param caller The account that called.
    error OptimismMintableERC20_NotBridge(address caller);

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice The token of the other layer.
    address public immutable REMOTE_TOKEN;

    /// @notice The bridge of this layer.
    address public immutable BRIDGE;

    uint8 private immutable _decimals;

    /// @dev Refuses everybody but the bridge.
    modifier onlyBridge() {
        if (msg.sender != BRIDGE) revert OptimismMintableERC20_NotBridge(msg.sender);
        _;
    }

    /// @notice Makes the twin of a token.
    /// @param bridge_ Bridge of this layer.
    /// @param remoteToken_ Token that this one stands for.
    /// @param name_ Name of the token.
    /// @param symbol_ Short name of the token.
    /// @param decimals_ Decimals, as those of the token it stands for.
    constructor(
        address bridge_,
        address remoteToken_,
        string memory name_,
        string memory symbol_,
        uint8 decimals_
    ) ERC20(name_, symbol_) ERC20Permit(name_) {
        REMOTE_TOKEN = remoteToken_;
        BRIDGE = bridge_;
        _decimals = decimals_;
    }

    /// @inheritdoc IOptimismMintableERC20
    function mint(
        address _to,
        uint256 _amount
    ) external override(IOptimismMintableERC20, ILegacyMintableERC20) onlyBridge {
        _mint(_to, _amount);
        emit Mint(_to, _amount);
    }

    /// @inheritdoc IOptimismMintableERC20
    function burn(
        address _from,
        uint256 _amount
    ) external override(IOptimismMintableERC20, ILegacyMintableERC20) onlyBridge {
        _burn(_from, _amount);
        emit Burn(_from, _amount);
    }

    /// @inheritdoc IOptimismMintableERC20
    function remoteToken() external view returns (address) {
        return REMOTE_TOKEN;
    }

    /// @inheritdoc IOptimismMintableERC20
    function bridge() external view returns (address) {
        return BRIDGE;
    }

    /// @inheritdoc ILegacyMintableERC20
    function l1Token() external view returns (address) {
        return REMOTE_TOKEN;
    }

    /// @notice Older name of `bridge`.
    /// @return Bridge of this layer.
    function l2Bridge() external view returns (address) {
        return BRIDGE;
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 _interfaceId) external pure returns (bool) {
        return
            _interfaceId == type(IERC165).interfaceId ||
            _interfaceId == type(IOptimismMintableERC20).interfaceId ||
            _interfaceId == type(ILegacyMintableERC20).interfaceId;
    }
}
