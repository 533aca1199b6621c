// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {ITransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Bootstrap} from "../../src-sol/l1/Bootstrap.sol";
import {Inbox} from "../../src-sol/l1/Inbox.sol";
import {SystemConfig} from "../../src-sol/l1/SystemConfig.sol";
import {ISystemConfig} from "../../src-sol/l1/interfaces/ISystemConfig.sol";
import {Bootstrap} from "../../src-sol/l1/Bootstrap.sol";
import {L1Setup} from "../base/L1Setup.sol";

contract InboxV2 is Inbox {
    function added() external pure returns (uint256) {
        return 2;
    }
}

contract SystemConfigTest is L1Setup {
    function _unauthorized(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISystemConfig.SystemConfig_Unauthorized.selector, who);
    }

    function test_everyRoleIsRotatedByOperatorAndOwner() external {
        for (uint8 i = 0; i < 4; i++) {
            vm.prank(operator);
            config.setRole(ISystemConfig.Role(i), alice);
        }
        assertEq(config.sequencer(), alice, "sequencer");
        assertEq(config.batcher(), alice, "batcher");
        assertEq(config.proposer(), alice, "proposer");
        assertEq(config.challenger(), alice, "challenger");
        vm.prank(owner);
        config.setRole(ISystemConfig.Role.Batcher, bob);
        assertEq(config.batcher(), bob, "batcher by the owner");
        vm.expectRevert(_unauthorized(alice));
        vm.prank(alice);
        config.setRole(ISystemConfig.Role.Batcher, alice);
        vm.expectRevert(ISystemConfig.SystemConfig_ZeroAddress.selector);
        vm.prank(operator);
        config.setRole(ISystemConfig.Role.Batcher, address(0));
    }

    function test_aBatcherThatCouldPostNothingIsRefused() external {
        address[2] memory withCode = [address(inbox), bob];
        vm.etch(bob, abi.encodePacked(hex"ef0100", alice));
        for (uint256 i = 0; i < 2; i++) {
            vm.expectRevert(abi.encodeWithSelector(ISystemConfig.SystemConfig_BatcherHasCode.selector, withCode[i]));
            vm.prank(operator);
            config.setRole(ISystemConfig.Role.Batcher, withCode[i]);
        }
        vm.prank(operator);
        config.setRole(ISystemConfig.Role.Proposer, address(inbox));
    }

    function test_aPauseOfAYearIsRefusedAtTheInstallation() external {
        address fresh = _proxy();
        Bootstrap.Installation[] memory one = new Bootstrap.Installation[](1);
        uint64 most = config.MAX_PAUSE_DURATION();
        SystemConfig.Parameters memory p = SystemConfig.Parameters(
            owner,
            operator,
            guardian,
            sequencer,
            batcher,
            proposer,
            challenger,
            30_000_000,
            0,
            0,
            365 days
        );
        address impl = address(new SystemConfig());
        one[0] = _installation(fresh, impl, abi.encodeCall(SystemConfig.initialize, (p)));
        vm.expectRevert(abi.encodeWithSelector(ISystemConfig.SystemConfig_PauseTooLong.selector, 365 days, most));
        bootstrap.install(one, owner);
        p.pauseDuration = most;
        one[0] = _installation(fresh, impl, abi.encodeCall(SystemConfig.initialize, (p)));
        bootstrap.install(one, owner);
    }

    function test_theOperatorIsNamedByTheOwnerOnly() external {
        vm.expectRevert(_unauthorized(operator));
        vm.prank(operator);
        config.setOperator(alice);
        vm.prank(owner);
        config.setOperator(alice);
        assertEq(config.operator(), alice, "operator");
    }

    function test_theGuardianIsReplacedByItselfOrTheOwner() external {
        vm.expectRevert(_unauthorized(operator));
        vm.prank(operator);
        config.setGuardian(alice);
        vm.prank(guardian);
        config.setGuardian(alice);
        vm.prank(owner);
        config.setGuardian(bob);
        assertEq(config.guardian(), bob, "guardian");
    }

    function testFuzz_gasLimitAndScalarsKeepTheirBounds(uint64 gas, uint32 a, uint32 b) external {
        vm.startPrank(operator);
        if (gas < 8_000_000 || gas > 500_000_000)
            vm.expectPartialRevert(ISystemConfig.SystemConfig_GasLimitOutOfRange.selector);
        config.setGasLimit(gas);
        if (a > 10_000_000 || b > 10_000_000)
            vm.expectPartialRevert(ISystemConfig.SystemConfig_ScalarTooLarge.selector);
        config.setScalars(a, b);
        vm.stopPrank();
        (uint64 limit, uint32 x, uint32 y) = config.contextParameters();
        assertGe(limit, 8_000_000, "gas limit");
        assertLe(limit, 500_000_000, "gas limit");
        assertLe(x, 10_000_000, "base fee scalar");
        assertLe(y, 10_000_000, "blob base fee scalar");
    }

    function test_aPauseEndsAndCannotBeProlonged() external {
        vm.expectRevert(_unauthorized(owner));
        vm.prank(owner);
        config.pause();
        vm.prank(guardian);
        config.pause();
        uint64 until = uint64(block.timestamp) + PAUSE_DURATION;
        assertTrue(config.paused(), "paused");
        assertEq(config.pausedUntil(), until, "until");
        vm.expectRevert(
            abi.encodeWithSelector(ISystemConfig.SystemConfig_PauseNotAllowedBefore.selector, until + PAUSE_DURATION)
        );
        vm.prank(guardian);
        config.pause();
        _pass(PAUSE_DURATION);
        assertFalse(config.paused(), "expired");
        _pass(PAUSE_DURATION - 1);
        vm.expectPartialRevert(ISystemConfig.SystemConfig_PauseNotAllowedBefore.selector);
        vm.prank(guardian);
        config.pause();
        _pass(1);
        vm.prank(guardian);
        config.pause();
        assertTrue(config.paused(), "paused again");
    }

    function test_aPauseThatWasEndedEarlyDoesNotAllowAnotherSooner() external {
        vm.prank(guardian);
        config.pause();
        vm.expectRevert(_unauthorized(alice));
        vm.prank(alice);
        config.unpause();
        vm.prank(owner);
        config.unpause();
        assertFalse(config.paused(), "ended");
        vm.expectPartialRevert(ISystemConfig.SystemConfig_PauseNotAllowedBefore.selector);
        vm.prank(guardian);
        config.pause();
    }

    /// However a guardian plays, withdrawals are open at least half of the time.
    function testFuzz_aHostileGuardianPausesHalfOfTheTimeAtMost(uint16[24] calldata waits) external {
        uint256 start = block.timestamp;
        uint256 closed = 0;
        for (uint256 i = 0; i < 24; i++) {
            vm.prank(guardian);
            try config.pause() {
                closed += PAUSE_DURATION;
            } catch {}
            _pass(waits[i] % 700);
        }
        assertLe(closed, (block.timestamp - start) / 2 + PAUSE_DURATION, "closed");
    }

    function test_onlyTheDeployerInstalls() external {
        Bootstrap.Installation[] memory none = new Bootstrap.Installation[](0);
        vm.expectRevert(abi.encodeWithSelector(Bootstrap.Bootstrap_NotDeployer.selector, alice));
        vm.prank(alice);
        bootstrap.install(none, alice);
    }

    function test_afterwardsTheDeployerHasNothing() external {
        address impl = address(new Inbox());
        Bootstrap.Installation[] memory again = new Bootstrap.Installation[](1);
        again[0] = _installation(address(inbox), impl, "");
        vm.expectRevert();
        bootstrap.install(again, owner);
        assertEq(_admin(address(inbox)).owner(), owner, "admin");
    }

    function test_upgradesWaitForTheTimelock() external {
        address[] memory proposers = new address[](1);
        proposers[0] = alice;
        address[] memory anyone = new address[](1);
        TimelockController timelock = new TimelockController(1000, proposers, anyone, address(0));
        ProxyAdmin admin = _admin(address(inbox));
        vm.prank(owner);
        admin.transferOwnership(address(timelock));
        _appendNext(2);
        bytes32 acc = inbox.batchAcc(1);
        bytes memory upgrade = abi.encodeCall(
            ProxyAdmin.upgradeAndCall,
            (ITransparentUpgradeableProxy(address(inbox)), address(new InboxV2()), "")
        );
        vm.expectRevert();
        vm.prank(bob);
        timelock.schedule(address(admin), 0, upgrade, 0, 0, 1000);
        vm.expectRevert();
        vm.prank(alice);
        timelock.schedule(address(admin), 0, upgrade, 0, 0, 999);
        vm.prank(alice);
        timelock.schedule(address(admin), 0, upgrade, 0, 0, 1000);
        _pass(999);
        vm.expectRevert();
        timelock.execute(address(admin), 0, upgrade, 0, 0);
        _pass(1);
        vm.prank(bob);
        timelock.execute(address(admin), 0, upgrade, 0, 0);
        assertEq(InboxV2(address(inbox)).added(), 2, "upgraded");
        assertEq(inbox.batchAcc(1), acc, "state is kept");
    }
}
