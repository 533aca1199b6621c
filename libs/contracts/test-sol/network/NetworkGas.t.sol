// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {Body, Signer, Vote} from "../../src-sol/network/NetworkMessages.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {NetworkSetup} from "./NetworkSetup.sol";

/// @notice What certificates and fast exits cost with as many signers as a test says. Weights are capped, as in production.
abstract contract NetworkGas is NetworkSetup {
    function _role() internal pure override returns (IStakeRegistry.RoleParameters memory) {
        return IStakeRegistry.RoleParameters(MIN_STAKE, UNBONDING, 64, 125_000);
    }

    function _named(string memory what) private view returns (string memory) {
        return string.concat(what, ", ", vm.toString(_count()), " signers");
    }

    function _cool() private {
        vm.cool(address(fast));
        vm.cool(address(stakes));
        vm.cool(address(portal));
        vm.cool(address(tree));
        vm.cool(address(game));
    }

    function _measure(string memory what) private {
        vm.snapshotGasLastCall("gas", _named(what));
    }

    function test_gas() external {
        for (uint256 i = 0; i < 3; i++) _add(_plain(bob, 1 ether + i));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(_count());
        Vote[] memory votes = _votes(body, _count());
        Vote[] memory none = new Vote[](0);
        _cool();
        fast.certify(body, votes);
        _measure("certificate, post");
        _cool();
        portal.finalizeFast{value: _etherFee(ws[0])}(ws[0], alice, body, none, signers);
        _measure("fast exit");
        _accept();
        _cool();
        fast.settle(body, game, signers);
        _measure("certificate, release");
    }

    function test_gas_of_the_first_exit() external {
        _add(_plain(bob, 1 ether));
        _claim();
        Body memory body = _body(game);
        Signer[] memory signers = _signers(_count());
        Vote[] memory votes = _votes(body, _count());
        _cool();
        portal.finalizeFast{value: _etherFee(ws[0])}(ws[0], alice, body, votes, new Signer[](0));
        _measure("fast exit with its certificate");
        IAssertionGame rival = _acceptRival("right");
        _cool();
        fast.settle(body, rival, signers);
        _measure("certificate, refill");
    }
}

contract NetworkGasTest is NetworkGas {
    function _count() internal pure override returns (uint256) {
        return 5;
    }
}

contract NetworkGasTest16 is NetworkGas {
    function _count() internal pure override returns (uint256) {
        return 16;
    }
}

contract NetworkGasTest64 is NetworkGas {
    function _count() internal pure override returns (uint256) {
        return 64;
    }
}
