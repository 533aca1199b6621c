// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {StandardBridge} from "../../src-sol/bridge/StandardBridge.sol";

contract PlainERC20 is ERC20 {
    constructor() ERC20("Royalty", "ROY") {}

    function give(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Keeps a tenth of each transfer.
contract FeeERC20 is ERC20 {
    constructor() ERC20("Toll", "TOLL") {}

    function give(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && to != address(0)) {
            super._update(from, address(0), value / 10);
            value -= value / 10;
        }
        super._update(from, to, value);
    }
}

/// @notice Calls its sender before it moves anything, as ERC-777 does.
contract HookedERC20 is ERC20 {
    constructor() ERC20("Hook", "HOOK") {}

    function give(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (from.code.length > 0) HookedSender(payable(from)).tokensToSend();
        return super.transferFrom(from, to, amount);
    }
}

/// @notice Bridges, and bridges again from within the token's hook.
contract HookedSender {
    StandardBridge private immutable _bridge;
    HookedERC20 private immutable _token;
    bool private _inside;

    constructor(StandardBridge bridge, HookedERC20 token) {
        _bridge = bridge;
        _token = token;
        token.approve(address(bridge), type(uint256).max);
    }

    function go(uint256 amount) public {
        _bridge.bridgeERC20To(address(_token), address(1), address(this), amount, 100_000, "");
    }

    function tokensToSend() external {
        if (_inside) return;
        _inside = true;
        go(_token.balanceOf(address(this)) / 2);
    }
}

/// @notice Neither returns anything nor fails: the transfer simply does not happen.
contract SilentERC20 {
    function balanceOf(address) external pure returns (uint256) {
        return 7;
    }

    function transferFrom(address, address, uint256) external {}
}

contract PlainERC721 is ERC721 {
    constructor() ERC721("Cels", "CEL") {}

    function give(address to, uint256 id) external {
        _mint(to, id);
    }
}

/// @notice Says that a transfer happened, but keeps the owner.
contract StickyERC721 is ERC721 {
    constructor() ERC721("Sticky", "STK") {}

    function give(address to, uint256 id) external {
        _mint(to, id);
    }

    function transferFrom(address, address, uint256) public override {}
}

contract PlainERC1155 is ERC1155 {
    constructor() ERC1155("ipfs://episodes/{id}") {}

    function give(address to, uint256 id, uint256 amount) external {
        _mint(to, id, amount, "");
    }
}

/// @notice Moves less than is asked for.
contract ShortERC1155 is ERC1155 {
    constructor() ERC1155("") {}

    function give(address to, uint256 id, uint256 amount) external {
        _mint(to, id, amount, "");
    }

    function _update(address from, address to, uint256[] memory ids, uint256[] memory amounts) internal override {
        if (from != address(0)) for (uint256 i; i < amounts.length; ++i) amounts[i] -= 1;
        super._update(from, to, ids, amounts);
    }
}

/// @notice Takes everything, or nothing.
contract Moody is IERC1155Receiver {
    bool public refuses;

    error Refused();

    receive() external payable {
        if (refuses) revert Refused();
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external view returns (bytes4) {
        if (refuses) revert Refused();
        return this.onERC721Received.selector;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external view returns (bytes4) {
        if (refuses) revert Refused();
        return this.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(
        address,
        address,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external view returns (bytes4) {
        if (refuses) revert Refused();
        return this.onERC1155BatchReceived.selector;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC1155Receiver).interfaceId;
    }
}
