// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "@animechain/testing/Vm.sol";
import {ConsentTerms} from "../src-sol/interfaces/IConsentRegistry.sol";
import {Publication} from "../src-sol/interfaces/IModelRegistry.sol";
import {Output, Registration} from "../src-sol/interfaces/IOutputRegistry.sol";
import {TrainingLeaf} from "../src-sol/interfaces/ITrainingCommit.sol";
import {OutputSetup} from "./OutputSetup.sol";
import {Tree, Trees} from "./Trees.sol";

/// @notice Cheatcodes that only this test needs.
interface Records {
    function record() external;
    function accesses(address target) external returns (bytes32[] memory reads, bytes32[] memory writes);
}

/// @notice Consent, training, model, output and work, made of a plaintext, a prompt and a name; what goes to the chain and stays there has none of them, nor
/// their hashes, which anyone who guesses them could find.
contract CanaryTest is OutputSetup {
    using Trees for Tree;

    string private constant ITEM = "CANARY plaintext of a storyboard, page 12";
    string private constant PROMPT = "CANARY prompt: rain over the harbour";
    string private constant NAME = "CANARY Hoshi no Ami";

    bytes private _seen;

    function _call(address from, address to, bytes memory data) private returns (bytes memory result) {
        bool made;
        vm.prank(from);
        (made, result) = to.call(data);
        assertTrue(made, "the call is taken");
        _seen = bytes.concat(_seen, data, result);
    }

    /// @dev A salted hash, as whoever commits makes it outside.
    function _salted(string memory text) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes.concat("32 random bytes for ", bytes(text))), text));
    }

    function test_noPlaintextPromptOrNameGoesToTheChain() public {
        vm.recordLogs();
        Records(address(vm)).record();
        bytes32 item = _salted(ITEM);
        ConsentTerms memory terms = _terms();
        bytes memory result = _call(
            PROVIDER,
            address(consents),
            abi.encodeCall(consents.give, (PROVIDER, _list(item), terms, 0, ""))
        );
        TrainingLeaf[] memory leaves = new TrainingLeaf[](1);
        leaves[0] = TrainingLeaf(0, consents.itemOf(PROVIDER, item), abi.decode(result, (uint256)), 1);
        uint256[] memory weights = new uint256[](1);
        weights[0] = 1;
        (bytes32 root, uint256 sums) = Trees.build(leaves, weights).root();
        result = _call(
            TRAINER,
            address(training),
            abi.encodeCall(training.commit, (root, sums, 1, TRAINING, _salted("leaves")))
        );
        uint256 id = abi.decode(result, (uint256));
        vm.warp(training.commitmentOf(id).endsAt);
        _call(TRAINER, address(training), abi.encodeCall(training.finalize, (id)));
        Publication memory p = Publication(new uint256[](0), id, _salted("w"), _salted(NAME), _salted("e"));
        result = _call(TRAINER, address(models), abi.encodeCall(models.publish, (p, 0, new bytes[](0))));
        _generate(abi.decode(result, (uint256)));
        _look();
    }

    function _generate(uint256 version) private {
        Output memory output = _output(1);
        (output.manifest, output.vaultAsset) = (_salted(PROMPT), _salted(NAME));
        (bytes32 root, bytes32[] memory proof) = _pair(output, _output(2));
        _call(TRAINER, address(outputs), abi.encodeCall(outputs.post, (version, 1, root, 2)));
        Registration memory r = _registration(PAYER_KEY, output.vaultAsset);
        _call(PAYER, address(outputs), abi.encodeCall(outputs.claimWork, (version, 1, output, proof, r)));
    }

    function _look() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertGe(logs.length, 9, "events");
        for (uint256 i = 0; i < logs.length; i++)
            _seen = bytes.concat(_seen, abi.encodePacked(logs[i].topics), logs[i].data);
        address[5] memory targets = [
            address(consents),
            address(training),
            address(models),
            address(outputs),
            address(works)
        ];
        for (uint256 i = 0; i < targets.length; i++) {
            (, bytes32[] memory writes) = Records(address(vm)).accesses(targets[i]);
            assertGe(writes.length, 2, "storage");
            for (uint256 j = 0; j < writes.length; j++) _seen = bytes.concat(_seen, vm.load(targets[i], writes[j]));
        }
        string[3] memory secrets = [ITEM, PROMPT, NAME];
        bytes memory seen = _seen;
        assertTrue(_has(seen, abi.encode(_salted(PROMPT))), "what is committed is there, so this finds what is there");
        for (uint256 i = 0; i < 3; i++) {
            bytes memory secret = bytes(secrets[i]);
            assertFalse(_has(seen, secret), secrets[i]);
            assertFalse(_has(seen, abi.encode(keccak256(secret))), "its hash without a salt");
            assertFalse(_has(seen, abi.encode(sha256(secret))), "its SHA-256 without a salt");
        }
        assertFalse(_has(seen, "CANARY"), "not a part of one either");
    }

    function _has(bytes memory hay, bytes memory needle) private pure returns (bool) {
        uint256 length = needle.length;
        for (uint256 i = 0; i + length <= hay.length; i++) {
            bool same;
            uint256 head = length < 32 ? length : 32;
            assembly ("memory-safe") {
                let shift := mul(8, sub(32, head))
                let a := shr(shift, mload(add(add(hay, 32), i)))
                same := eq(a, shr(shift, mload(add(needle, 32))))
            }
            // The first 32 bytes tell these apart.
            if (same) return true;
        }
        return false;
    }
}
