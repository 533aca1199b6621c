// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Work} from "../src-sol/interfaces/IIPRegistry.sol";
import {Output, Registration} from "../src-sol/interfaces/IOutputRegistry.sol";
import {IPRegistry} from "../src-sol/IPRegistry.sol";
import {OutputRegistry} from "../src-sol/OutputRegistry.sol";
import {ModelSetup} from "./ModelSetup.sol";
import {StandinAIRAFactory} from "./standins/StandinAIRAFactory.sol";

/// @notice A registry of outputs over real models and works, a source work with an AIRA token, and a payer with a key.
abstract contract OutputSetup is ModelSetup {
    string internal constant CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    uint256 internal constant PAYER_KEY = 0xfa11;
    address internal immutable PAYER = vm.addr(PAYER_KEY);
    address internal constant AIRA = address(0xa12a);

    IPRegistry internal works;
    OutputRegistry internal outputs;
    StandinAIRAFactory internal factory;
    uint256 internal model;
    uint256 internal source;

    function setUp() public virtual override {
        super.setUp();
        works = new IPRegistry(modules, "Animechain works", "WORK");
        outputs = new OutputRegistry(modules);
        factory = new StandinAIRAFactory();
        modules.place(outputs.IP_REGISTRY(), address(works));
        modules.place(outputs.OUTPUT_REGISTRY(), address(outputs));
        modules.place(outputs.AIRA_FACTORY(), address(factory));
        model = _root();
        Registration memory r = _registration(KEY, keccak256("source asset"));
        source = works.register(r.work, r.owner, r.licences, r.assetCid, r.deadline, r.signatures);
        factory.set(source, model, AIRA, 1_500);
    }

    function _output(uint256 id) internal view returns (Output memory) {
        return
            Output({
                outputId: keccak256(abi.encode("random", id)),
                receipt: keccak256(abi.encode("voucher", id)),
                manifest: keccak256(abi.encode("salt and manifest", id)),
                vaultAsset: keccak256(abi.encode("asset", id)),
                recipient: PAYER,
                source: source
            });
    }

    /// @dev One author, who signs and will own the work.
    function _registration(uint256 key, bytes32 asset) internal view returns (Registration memory) {
        address[] memory authors = new address[](1);
        authors[0] = vm.addr(key);
        Work memory work = Work(5, asset, keccak256("ciphertext"), 0, authors, new uint256[](0), new uint16[](0));
        bytes[] memory signatures = new bytes[](1);
        uint256 nonce = works.nonces(authors[0]);
        signatures[0] = _signed(key, works.digestOf(work, authors[0], new uint256[](0), CID, nonce, block.timestamp));
        return Registration(work, authors[0], new uint256[](0), CID, block.timestamp, signatures);
    }

    /// @dev A tree of two: its root, and the proof of the first.
    function _pair(Output memory a, Output memory b) internal view returns (bytes32 root, bytes32[] memory proof) {
        (bytes32 left, bytes32 right) = (outputs.leafOf(a), outputs.leafOf(b));
        proof = _list(right);
        root = left < right ? keccak256(abi.encode(left, right)) : keccak256(abi.encode(right, left));
    }

    function _post(uint64 epoch, bytes32 root) internal {
        vm.prank(TRAINER);
        outputs.post(model, epoch, root, 2);
    }
}
