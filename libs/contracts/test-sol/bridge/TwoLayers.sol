// SPDX-License-Identifier: MIT
// A stand-in that fails with a string.
// solhint-disable gas-custom-errors
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {L1Bridge} from "../../src-sol/bridge/L1Bridge.sol";
import {ICrossDomainMessenger} from "../../src-sol/bridge/interfaces/ICrossDomainMessenger.sol";
import {L1CrossDomainMessenger} from "../../src-sol/bridge/L1CrossDomainMessenger.sol";
import {L1ERC1155Bridge} from "../../src-sol/bridge/L1ERC1155Bridge.sol";
import {L1ERC721Bridge} from "../../src-sol/bridge/L1ERC721Bridge.sol";
import {L1StandardBridge} from "../../src-sol/bridge/L1StandardBridge.sol";
import {IOptimismPortal} from "../../src-sol/l1/interfaces/IOptimismPortal.sol";
import {ISystemConfig} from "../../src-sol/l1/interfaces/ISystemConfig.sol";
import {L2CrossDomainMessenger} from "../../src-sol/l2/L2CrossDomainMessenger.sol";
import {L2ERC1155Bridge} from "../../src-sol/l2/L2ERC1155Bridge.sol";
import {L2ERC721Bridge} from "../../src-sol/l2/L2ERC721Bridge.sol";
import {L2StandardBridge} from "../../src-sol/l2/L2StandardBridge.sol";
import {L2ToL1MessagePasser} from "../../src-sol/l2/L2ToL1MessagePasser.sol";
import {OptimismMintableERC1155Factory} from "../../src-sol/l2/OptimismMintableERC1155Factory.sol";
import {OptimismMintableERC20Factory} from "../../src-sol/l2/OptimismMintableERC20Factory.sol";
import {OptimismMintableERC721Factory} from "../../src-sol/l2/OptimismMintableERC721Factory.sol";
import {Predeploys} from "../../src-sol/l2/Predeploys.sol";
import {AddressAliasHelper} from "../../src-sol/shared/AddressAliasHelper.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";

/// @notice The guardian's switch.
contract PauseSwitch {
    bool public paused;

    function set(bool paused_) external {
        paused = paused_;
    }
}

/// @notice A portal that keeps deposits for the test to execute, and executes withdrawals without proof, once each, under the same
/// rule for gas as the real one.
contract TestPortal {
    struct Deposit {
        address from;
        address to;
        uint256 value;
        uint64 gasLimit;
        bytes data;
        bool delivered;
    }

    error TooLittleGas();

    address public l2Sender = address(0xdead);
    Deposit[] internal _deposits;

    function depositTransaction(
        address to,
        uint256 value,
        uint64 gasLimit,
        bool,
        bytes calldata data
    ) external payable {
        require(msg.value == value && gasLimit >= 21_000 + 40 * data.length, "bad deposit");
        _deposits.push(Deposit(AddressAliasHelper.applyL1ToL2Alias(msg.sender), to, value, gasLimit, data, false));
    }

    function count() external view returns (uint256) {
        return _deposits.length;
    }

    function deposit(uint256 index) external view returns (Deposit memory) {
        return _deposits[index];
    }

    function setDelivered(uint256 index) external {
        _deposits[index].delivered = true;
    }

    function finalize(
        address sender,
        address target,
        uint256 value,
        uint256 gasLimit,
        bytes calldata data
    ) external returns (bool success) {
        l2Sender = sender;
        if (gasleft() < 80_000 || ((gasleft() - 80_000) * 63) / 64 < gasLimit) revert TooLittleGas();
        (success, ) = target.call{value: value, gas: gasleft() - 80_000}(data);
        l2Sender = address(0xdead);
    }
}

/// @title TwoLayers
/// @notice Both ends of messengers and bridges in one EVM. L1 contracts stand behind proxies; L2 contracts are made as genesis makes
/// them, from code and storage. Messages wait until the test delivers them.
abstract contract TwoLayers is Test {
    struct Withdrawal {
        address sender;
        address target;
        uint256 value;
        uint256 gasLimit;
        bytes data;
        bool delivered;
    }

    uint256 internal constant L1_CHAIN_ID = 900;

    address internal alice = makeAddress("alice");
    address internal bob = makeAddress("bob");

    address internal inbox = makeAddress("inbox");

    PauseSwitch internal pause;
    TestPortal internal portal;
    L1CrossDomainMessenger internal l1Messenger;
    L1StandardBridge internal l1Bridge;
    L1ERC721Bridge internal l1Bridge721;
    L1ERC1155Bridge internal l1Bridge1155;

    L2ToL1MessagePasser internal passer = L2ToL1MessagePasser(payable(Predeploys.L2_TO_L1_MESSAGE_PASSER));
    L2CrossDomainMessenger internal l2Messenger = L2CrossDomainMessenger(Predeploys.L2_CROSS_DOMAIN_MESSENGER);
    L2StandardBridge internal l2Bridge = L2StandardBridge(payable(Predeploys.L2_STANDARD_BRIDGE));
    L2ERC721Bridge internal l2Bridge721 = L2ERC721Bridge(Predeploys.L2_ERC721_BRIDGE);
    L2ERC1155Bridge internal l2Bridge1155 = L2ERC1155Bridge(Predeploys.L2_ERC1155_BRIDGE);
    OptimismMintableERC20Factory internal factory20 = OptimismMintableERC20Factory(
        Predeploys.OPTIMISM_MINTABLE_ERC20_FACTORY
    );
    OptimismMintableERC721Factory internal factory721 = OptimismMintableERC721Factory(
        Predeploys.OPTIMISM_MINTABLE_ERC721_FACTORY
    );
    OptimismMintableERC1155Factory internal factory1155 = OptimismMintableERC1155Factory(
        Predeploys.OPTIMISM_MINTABLE_ERC1155_FACTORY
    );

    Withdrawal[] internal withdrawals;

    function setUp() public virtual {
        pause = new PauseSwitch();
        portal = new TestPortal();
        l1Messenger = L1CrossDomainMessenger(
            _proxied(
                address(new L1CrossDomainMessenger()),
                abi.encodeCall(
                    L1CrossDomainMessenger.initialize,
                    (ISystemConfig(address(pause)), IOptimismPortal(address(portal)))
                )
            )
        );
        bytes memory init = abi.encodeCall(
            L1Bridge.initialize,
            (ICrossDomainMessenger(address(l1Messenger)), ISystemConfig(address(pause)))
        );
        l1Bridge = L1StandardBridge(payable(_proxied(address(new L1StandardBridge()), init)));
        l1Bridge721 = L1ERC721Bridge(_proxied(address(new L1ERC721Bridge()), init));
        l1Bridge1155 = L1ERC1155Bridge(_proxied(address(new L1ERC1155Bridge()), init));

        _predeploy(address(passer), address(new L2ToL1MessagePasser()), 0);
        vm.store(address(passer), bytes32(uint256(2)), bytes32(_word(address(portal))));
        vm.store(address(passer), bytes32(uint256(3)), bytes32(_word(inbox)));
        vm.store(address(passer), bytes32(uint256(4)), bytes32(_word(address(l1Messenger))));
        _predeploy(address(l2Messenger), address(new L2CrossDomainMessenger()), _word(address(l1Messenger)));
        _predeploy(address(l2Bridge), address(new L2StandardBridge()), _word(address(l1Bridge)));
        _predeploy(address(l2Bridge721), address(new L2ERC721Bridge()), _word(address(l1Bridge721)));
        _predeploy(address(l2Bridge1155), address(new L2ERC1155Bridge()), _word(address(l1Bridge1155)));
        _predeploy(address(factory20), address(new OptimismMintableERC20Factory()), 0);
        _predeploy(address(factory721), address(new OptimismMintableERC721Factory()), L1_CHAIN_ID);
        _predeploy(address(factory1155), address(new OptimismMintableERC1155Factory()), L1_CHAIN_ID);

        vm.deal(alice, 1_000 ether);
        vm.recordLogs();
    }

    function _word(address account) private pure returns (uint256) {
        return uint256(uint160(account));
    }

    function _proxied(address implementation, bytes memory init) private returns (address) {
        return address(new ERC1967Proxy(implementation, init));
    }

    function _predeploy(address where, address code, uint256 slot0) private {
        vm.etch(where, code.code);
        vm.store(where, 0, bytes32(slot0));
    }

    /// @notice Gas of the data of a transaction, before anything runs.
    function _intrinsicGas(bytes memory data) internal pure returns (uint256 gas) {
        gas = 21_000;
        for (uint256 i; i < data.length; ++i) gas += data[i] == 0 ? 4 : 16;
    }

    /// @notice Executes a deposit on L2 with the gas it bought, as the derivation does: once.
    function _deliverDeposit(uint256 index) internal returns (bool success) {
        TestPortal.Deposit memory d = portal.deposit(index);
        return _deliverDepositWithGas(index, d.gasLimit - _intrinsicGas(d.data));
    }

    function _deliverDepositWithGas(uint256 index, uint256 gas) internal returns (bool success) {
        TestPortal.Deposit memory d = portal.deposit(index);
        assertFalse(d.delivered, "a deposit is derived once");
        portal.setDelivered(index);
        vm.deal(d.from, d.from.balance + d.value);
        vm.prank(d.from, d.from);
        (success, ) = d.to.call{value: d.value, gas: gas}(d.data);
    }

    /// @notice Executes the newest deposit on L2.
    function _deliverDeposit() internal returns (bool) {
        return _deliverDeposit(portal.count() - 1);
    }

    /// @notice Calls of the other messenger that the newest deposit carries.
    function _lastDeposit() internal view returns (bytes memory) {
        return portal.deposit(portal.count() - 1).data;
    }

    /// @notice Takes in the withdrawals that were recorded since the last call.
    function _collect() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            Vm.Log memory log = logs[i];
            if (log.emitter != address(passer) || log.topics[0] != L2ToL1MessagePasser.MessagePassed.selector) continue;
            (uint256 value, uint256 gasLimit, bytes memory data, ) = abi.decode(
                log.data,
                (uint256, uint256, bytes, bytes32)
            );
            address sender = address(uint160(uint256(log.topics[2])));
            address target = address(uint160(uint256(log.topics[3])));
            withdrawals.push(Withdrawal(sender, target, value, gasLimit, data, false));
        }
    }

    /// @notice Finalises a withdrawal on L1; false if the portal's call failed.
    function _deliverWithdrawal(uint256 index) internal returns (bool) {
        Withdrawal storage it = withdrawals[index];
        assertFalse(it.delivered, "a withdrawal is finalised once");
        it.delivered = true;
        vm.prank(bob, bob);
        return portal.finalize(it.sender, it.target, it.value, it.gasLimit, it.data);
    }

    /// @notice Finalises the newest withdrawal.
    function _deliverWithdrawal() internal returns (bool) {
        _collect();
        return _deliverWithdrawal(withdrawals.length - 1);
    }

    /// @notice Anyone repeats a delivery.
    function _replay(address messenger, bytes memory data) internal returns (bool success) {
        vm.prank(bob, bob);
        (success, ) = messenger.call(data);
    }
}
