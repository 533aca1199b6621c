// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OptimismMintableERC1155} from "../../src-sol/l2/OptimismMintableERC1155.sol";
import {OptimismMintableERC20} from "../../src-sol/l2/OptimismMintableERC20.sol";
import {OptimismMintableERC721} from "../../src-sol/l2/OptimismMintableERC721.sol";
import {Test} from "../base/Test.sol";
import {Moody, PlainERC1155, PlainERC20, PlainERC721} from "./Tokens.sol";
import {TestPortal, TwoLayers} from "./TwoLayers.sol";

/// @notice Moves everything both ways at random: with little gas, to receivers that refuse, delivered out of order, replayed by
/// anyone with any gas. alice and carol live on L1, bob on L2, and one moody receiver on each. A move that there is nothing for is
/// discarded: forge counts it as such, and draws another.
contract BridgeHandler is TwoLayers {
    enum Kind {
        Ether,
        ERC20,
        ERC721,
        ERC1155
    }

    struct Move {
        Kind kind;
        bool toL2;
        uint256[] ids;
        uint256[] amounts;
        bytes data;
    }

    uint256 public constant CELS = 6;
    uint256 public constant EPISODES = 3;

    address public carol = makeAddress("carol");
    Moody public moody1;
    Moody public moody2;
    PlainERC20 public token;
    OptimismMintableERC20 public twin;
    PlainERC721 public cels;
    OptimismMintableERC721 public celTwin;
    PlainERC1155 public episodes;
    OptimismMintableERC1155 public episodeTwin;

    Move[] private _moves;

    constructor() {
        super.setUp();
        moody1 = new Moody();
        moody2 = new Moody();
        token = new PlainERC20();
        twin = OptimismMintableERC20(factory20.createStandardL2Token(address(token), "", ""));
        cels = new PlainERC721();
        celTwin = OptimismMintableERC721(factory721.createOptimismMintableERC721(address(cels), "", ""));
        episodes = new PlainERC1155();
        episodeTwin = OptimismMintableERC1155(factory1155.createOptimismMintableERC1155(address(episodes), "", ""));
        token.give(alice, 1e24);
        for (uint256 id; id < CELS; ++id) cels.give(alice, id);
        for (uint256 id; id < EPISODES; ++id) episodes.give(alice, id, 1e12);
        vm.startPrank(alice);
        token.approve(address(l1Bridge), type(uint256).max);
        cels.setApprovalForAll(address(l1Bridge721), true);
        episodes.setApprovalForAll(address(l1Bridge1155), true);
        vm.stopPrank();
    }

    /// @dev The constructor did it.
    function setUp() public override {}

    function depositEther(bool moody, uint256 amount, uint32 minGas) external {
        amount = bound(amount, 0, alice.balance / 4);
        vm.prank(alice, alice);
        l1Bridge.depositETHTo{value: amount}(moody ? address(moody2) : bob, _gas(minGas), "");
        _note(Kind.Ether, true, _one(0), _one(amount));
    }

    function withdrawEther(bool moody, uint256 amount, uint32 minGas) external {
        vm.assume(bob.balance != 0);
        amount = bound(amount, 0, bob.balance);
        vm.prank(bob, bob);
        l2Bridge.bridgeETHTo{value: amount}(moody ? address(moody1) : carol, _gas(minGas), "");
        _note(Kind.Ether, false, _one(0), _one(amount));
    }

    function depositERC20(uint256 amount, uint32 minGas) external {
        amount = bound(amount, 0, token.balanceOf(alice));
        vm.prank(alice, alice);
        l1Bridge.bridgeERC20To(address(token), address(twin), bob, amount, _gas(minGas), "");
        _note(Kind.ERC20, true, _one(0), _one(amount));
    }

    function withdrawERC20(uint256 amount, uint32 minGas) external {
        vm.assume(twin.balanceOf(bob) != 0);
        amount = bound(amount, 0, twin.balanceOf(bob));
        vm.prank(bob, bob);
        l2Bridge.withdrawTo(address(twin), alice, amount, _gas(minGas), "");
        _note(Kind.ERC20, false, _one(0), _one(amount));
    }

    function depositERC721(bool moody, uint256 id, uint32 minGas) external {
        id = bound(id, 0, CELS - 1);
        vm.assume(cels.ownerOf(id) == alice);
        vm.prank(alice, alice);
        l1Bridge721.bridgeERC721To(
            address(cels),
            address(celTwin),
            moody ? address(moody2) : bob,
            id,
            _gas(minGas),
            ""
        );
        _note(Kind.ERC721, true, _one(id), _one(1));
    }

    function withdrawERC721(bool moody, uint256 id, uint32 minGas) external {
        uint256 owned = celTwin.balanceOf(bob);
        vm.assume(owned != 0);
        id = celTwin.tokenOfOwnerByIndex(bob, id % owned);
        vm.prank(bob, bob);
        l2Bridge721.bridgeERC721To(
            address(celTwin),
            address(cels),
            moody ? address(moody1) : alice,
            id,
            _gas(minGas),
            ""
        );
        _note(Kind.ERC721, false, _one(id), _one(1));
    }

    function depositERC1155(bool moody, bool batch, uint256 id, uint256 amount, uint32 minGas) external {
        address to = moody ? address(moody2) : bob;
        (uint256[] memory ids, uint256[] memory amounts) = _amounts(batch, id, amount, alice, false);
        vm.prank(alice, alice);
        if (batch)
            l1Bridge1155.bridgeBatchERC1155To(
                address(episodes),
                address(episodeTwin),
                to,
                ids,
                amounts,
                _gas(minGas),
                ""
            );
        else
            l1Bridge1155.bridgeERC1155To(
                address(episodes),
                address(episodeTwin),
                to,
                ids[0],
                amounts[0],
                _gas(minGas),
                ""
            );
        _note(Kind.ERC1155, true, ids, amounts);
    }

    function withdrawERC1155(bool moody, bool batch, uint256 id, uint256 amount, uint32 minGas) external {
        address to = moody ? address(moody1) : alice;
        (uint256[] memory ids, uint256[] memory amounts) = _amounts(batch, id, amount, bob, true);
        vm.prank(bob, bob);
        if (batch)
            l2Bridge1155.bridgeBatchERC1155To(
                address(episodeTwin),
                address(episodes),
                to,
                ids,
                amounts,
                _gas(minGas),
                ""
            );
        else
            l2Bridge1155.bridgeERC1155To(
                address(episodeTwin),
                address(episodes),
                to,
                ids[0],
                amounts[0],
                _gas(minGas),
                ""
            );
        _note(Kind.ERC1155, false, ids, amounts);
    }

    function deliverToL2(uint256 seed) external {
        uint256 count = portal.count();
        for (uint256 i; i < count; ++i) {
            uint256 index = ((seed % count) + i) % count;
            if (portal.deposit(index).delivered) continue;
            assertTrue(_deliverDeposit(index), "a deposit that carries a message never fails");
            return;
        }
        vm.assume(false);
    }

    function deliverToL1(uint256 seed) external {
        uint256 count = withdrawals.length;
        for (uint256 i; i < count; ++i) {
            uint256 index = ((seed % count) + i) % count;
            if (withdrawals[index].delivered) continue;
            assertTrue(_deliverWithdrawal(index), "a withdrawal that carries a message never fails");
            return;
        }
        vm.assume(false);
    }

    function replay(uint256 seed, uint256 gas) external {
        uint256 count = _moves.length;
        vm.assume(count != 0);
        uint256 index = seed % count;
        // One that failed, if there is one: to replay any other does nothing.
        for (uint256 i; i < count && !_received(_moves[index]); ++i) index = (index + 1) % count;
        Move storage move = _moves[index];
        gas = bound(gas, 40_000, 1_500_000);
        vm.prank(carol, carol);
        (bool success, ) = (move.toL2 ? address(l2Messenger) : address(l1Messenger)).call{gas: gas}(move.data);
        vm.assume(success);
        assertTrue(_received(move), "only what failed before is replayed");
    }

    function setMoods(bool first, bool second) external {
        moody1.setRefuses(first);
        moody2.setRefuses(second);
    }

    /// @notice Delivers everything that can be: every message arrives in the end. Not among the random moves.
    function settle() external {
        moody1.setRefuses(false);
        moody2.setRefuses(false);
        for (uint256 i; i < portal.count(); ++i) if (!portal.deposit(i).delivered) _deliverDeposit(i);
        for (uint256 i; i < withdrawals.length; ++i) if (!withdrawals[i].delivered) _deliverWithdrawal(i);
        for (uint256 i; i < _moves.length; ++i) {
            if (_delivered(_moves[i])) continue;
            _replay(_moves[i].toL2 ? address(l2Messenger) : address(l1Messenger), _moves[i].data);
            assertTrue(_delivered(_moves[i]), "a message arrives in the end");
        }
    }

    /// @notice Sum over the messages of a kind that have not been delivered: not yet, or not successfully.
    function underway(Kind kind, uint256 id) external view returns (uint256 sum) {
        for (uint256 i; i < _moves.length; ++i) {
            Move storage move = _moves[i];
            if (move.kind != kind || _delivered(move)) continue;
            for (uint256 j; j < move.ids.length; ++j) if (move.ids[j] == id) sum += move.amounts[j];
        }
    }

    /// @notice ETH of deposits that L2 has not derived, and of withdrawals that the portal has not paid.
    function etherBetween() external view returns (uint256 sum) {
        for (uint256 i; i < portal.count(); ++i) {
            TestPortal.Deposit memory d = portal.deposit(i);
            if (!d.delivered) sum += d.value;
        }
        for (uint256 i; i < withdrawals.length; ++i) if (!withdrawals[i].delivered) sum += withdrawals[i].value;
    }

    /// @notice ETH that the portal paid to the messenger for messages that failed so far.
    function etherOfFailedWithdrawals() external view returns (uint256 sum) {
        for (uint256 i; i < withdrawals.length; ++i) {
            if (!withdrawals[i].delivered) continue;
            if (!l1Messenger.successfulMessages(keccak256(withdrawals[i].data))) sum += withdrawals[i].value;
        }
    }

    function etherOnL2() external view returns (uint256) {
        return bob.balance + address(moody2).balance + address(l2Messenger).balance;
    }

    function lockedEther() external view returns (uint256) {
        return address(portal).balance;
    }

    function heldByL1Messenger() external view returns (uint256) {
        return address(l1Messenger).balance;
    }

    function locked20() external view returns (uint256 counted, uint256 held) {
        return (l1Bridge.deposits(address(token), address(twin)), token.balanceOf(address(l1Bridge)));
    }

    function locked721(uint256 id) external view returns (bool counted, bool held) {
        return (l1Bridge721.deposits(address(cels), address(celTwin), id), cels.ownerOf(id) == address(l1Bridge721));
    }

    function locked1155(uint256 id) external view returns (uint256 counted, uint256 held) {
        counted = l1Bridge1155.deposits(address(episodes), address(episodeTwin), id);
        held = episodes.balanceOf(address(l1Bridge1155), id);
    }

    function exists721(uint256 id) external view returns (bool) {
        try celTwin.ownerOf(id) returns (address) {
            return true;
        } catch {
            return false;
        }
    }

    function _delivered(Move storage move) private view returns (bool) {
        bytes32 hash = keccak256(move.data);
        return move.toL2 ? l2Messenger.successfulMessages(hash) : l1Messenger.successfulMessages(hash);
    }

    /// @dev Whether a delivery was tried before.
    function _received(Move storage move) private view returns (bool) {
        bytes32 hash = keccak256(move.data);
        return move.toL2 ? l2Messenger.failedMessages(hash) : l1Messenger.failedMessages(hash);
    }

    function _note(Kind kind, bool toL2, uint256[] memory ids, uint256[] memory amounts) private {
        _collect();
        bytes memory data = toL2 ? _lastDeposit() : withdrawals[withdrawals.length - 1].data;
        _moves.push(Move(kind, toL2, ids, amounts, data));
    }

    /// @dev Many messages get too little gas.
    function _gas(uint32 minGas) private pure returns (uint32) {
        return uint32(bound(minGas, 0, 500_000));
    }

    function _one(uint256 value) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = value;
    }

    function _amounts(
        bool batch,
        uint256 id,
        uint256 amount,
        address owner,
        bool onL2
    ) private view returns (uint256[] memory ids, uint256[] memory amounts) {
        uint256 length = batch ? EPISODES : 1;
        ids = new uint256[](length);
        amounts = new uint256[](length);
        for (uint256 i; i < length; ++i) {
            ids[i] = batch ? i : bound(id, 0, EPISODES - 1);
            amounts[i] = bound(
                amount >> i,
                0,
                onL2 ? episodeTwin.balanceOf(owner, ids[i]) : episodes.balanceOf(owner, ids[i])
            );
        }
    }
}

contract ConservationTest is Test {
    BridgeHandler private handler;

    function setUp() public {
        handler = new BridgeHandler();
        targetContract(address(handler));
        excludeSelector(address(handler), BridgeHandler.setUp.selector);
        excludeSelector(address(handler), BridgeHandler.settle.selector);
    }

    function invariant_what_exists_on_L2_is_locked_on_L1() public view {
        _checkEther();
        _checkERC20();
        _checkERC721();
        _checkERC1155();
    }

    /// @notice At the end of each run.
    function afterInvariant() public {
        handler.settle();
        _checkEther();
        assertEq(handler.heldByL1Messenger(), 0, "all ETH on L1 arrived");
        assertEq(handler.etherBetween(), 0, "no ETH underway");
        assertEq(handler.underway(BridgeHandler.Kind.ERC20, 0), 0, "no ERC-20 underway");
        _checkERC20();
        for (uint256 id; id < handler.CELS(); ++id)
            assertEq(handler.underway(BridgeHandler.Kind.ERC721, id), 0, "no ERC-721 underway");
        _checkERC721();
        for (uint256 id; id < handler.EPISODES(); ++id)
            assertEq(handler.underway(BridgeHandler.Kind.ERC1155, id), 0, "no ERC-1155 underway");
        _checkERC1155();
    }

    function _checkEther() private view {
        assertEq(handler.lockedEther(), handler.etherOnL2() + handler.etherBetween(), "ETH in the portal, to the wei");
        assertEq(handler.heldByL1Messenger(), handler.etherOfFailedWithdrawals(), "ETH in the messenger, to the wei");
    }

    function _checkERC20() private view {
        (uint256 counted, uint256 held) = handler.locked20();
        assertEq(counted, held, "ERC-20 counted and held");
        uint256 owed = handler.twin().totalSupply() + handler.underway(BridgeHandler.Kind.ERC20, 0);
        assertEq(held, owed, "ERC-20 held and owed");
    }

    function _checkERC721() private view {
        for (uint256 id; id < handler.CELS(); ++id) {
            (bool counted, bool held) = handler.locked721(id);
            assertEq(counted, held, "ERC-721 counted and held");
            uint256 owed = (handler.exists721(id) ? 1 : 0) + handler.underway(BridgeHandler.Kind.ERC721, id);
            assertEq(held ? 1 : 0, owed, "ERC-721 held and owed");
        }
    }

    function _checkERC1155() private view {
        for (uint256 id; id < handler.EPISODES(); ++id) {
            (uint256 counted, uint256 held) = handler.locked1155(id);
            assertEq(counted, held, "ERC-1155 counted and held");
            uint256 owed = handler.episodeTwin().totalSupply(id) + handler.underway(BridgeHandler.Kind.ERC1155, id);
            assertEq(held, owed, "ERC-1155 held and owed");
        }
    }
}
