// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Counter} from "../src/Counter.sol";

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// Creates a counter with a salt: forge sends it to the deterministic deployment proxy.
contract Deploy {
    // What forge-std's Script has, of which no more is needed: forge looks for the name.
    bool public IS_SCRIPT = true;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function run() external returns (Counter counter) {
        vm.startBroadcast();
        counter = new Counter{salt: keccak256("counter")}(7);
        counter.increase(3);
        vm.stopBroadcast();
    }
}
