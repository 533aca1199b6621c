// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IIPRegistry} from "../src-sol/interfaces/IIPRegistry.sol";
import {IOutputRegistry, Output, Registration} from "../src-sol/interfaces/IOutputRegistry.sol";
import {OutputSetup} from "./OutputSetup.sol";

contract OutputRegistryTest is OutputSetup {
    function _refused(
        address caller,
        uint64 epoch,
        Output memory output,
        bytes32[] memory proof,
        Registration memory registration,
        bytes memory reason
    ) private {
        vm.prank(caller);
        vm.expectRevert(reason);
        outputs.claimWork(model, epoch, output, proof, registration);
    }

    function test_theOperatorPostsEpochsInOrder() public {
        vm.expectRevert(
            abi.encodeWithSelector(IOutputRegistry.OutputRegistry_Unauthorized.selector, address(this), TRAINER)
        );
        outputs.post(model, 1, "root", 1);
        vm.startPrank(TRAINER);
        vm.expectRevert(abi.encodeWithSelector(IOutputRegistry.OutputRegistry_BadEpoch.selector, 2, 1));
        outputs.post(model, 2, "root", 1);
        vm.expectRevert(abi.encodeWithSelector(IOutputRegistry.OutputRegistry_Zero.selector, "root"));
        outputs.post(model, 1, 0, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IOutputRegistry.OutputRegistry_OutOfBounds.selector, "count", 0, 1, 1 << 32)
        );
        outputs.post(model, 1, "root", 0);
        vm.expectEmit(address(outputs));
        emit IOutputRegistry.EpochPosted(model, 1, "root", 7);
        outputs.post(model, 1, "root", 7);
        vm.expectRevert(abi.encodeWithSelector(IOutputRegistry.OutputRegistry_BadEpoch.selector, 1, 2));
        outputs.post(model, 1, "root", 7);
        models.setOperator(model, CHALLENGER);
        vm.expectRevert(
            abi.encodeWithSelector(IOutputRegistry.OutputRegistry_Unauthorized.selector, TRAINER, CHALLENGER)
        );
        outputs.post(model, 2, "root", 1);
        vm.stopPrank();
        vm.prank(CHALLENGER);
        outputs.post(model, 2, "root", 1);
        assertEq(outputs.epochs(model), 2, "epochs");
        assertEq(outputs.epochOf(model, 1).count, 7, "count");
        assertEq(outputs.epochOf(model, 1).postedAt, block.timestamp, "when");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        outputs.post(9, 1, "root", 1);
    }

    function test_anOutputBecomesAWorkThatOwesItsAiraOnce() public {
        Output memory output = _output(1);
        (bytes32 root, bytes32[] memory proof) = _pair(output, _output(2));
        _post(1, root);
        Registration memory r = _registration(PAYER_KEY, output.vaultAsset);
        vm.prank(PAYER);
        vm.expectEmit(address(outputs));
        emit IOutputRegistry.OutputClaimed(model, 1, output.outputId, 2, AIRA, 1_500);
        uint256 gas = gasleft();
        uint256 work = outputs.claimWork(model, 1, output, proof, r);
        gas -= gasleft();
        assertLe(gas, 600_000, "gas of a claim");
        assertEq(works.ownerOf(work), PAYER, "owner");
        assertEq(works.workOf(work).vaultAsset, output.vaultAsset, "the output's content");
        assertEq(vaults.fixedAccount(work), AIRA, "the token of source and version");
        assertEq(vaults.fixedBps(work), 1_500, "its share, from its mint");
        assertEq(outputs.workOf(model, output.outputId), work, "the work of the output");
        r = _registration(PAYER_KEY, output.vaultAsset);
        bytes memory again = abi.encodeWithSelector(
            IOutputRegistry.OutputRegistry_Claimed.selector,
            output.outputId,
            work
        );
        _refused(PAYER, 1, output, proof, r, again);
        // Nor by another epoch, and for another recipient.
        output.recipient = address(this);
        (root, proof) = _pair(output, _output(2));
        _post(2, root);
        _refused(address(this), 2, output, proof, r, again);
    }

    function test_nobodyClaimsWhatAnotherPaidFor() public {
        Output memory output = _output(1);
        (bytes32 root, bytes32[] memory proof) = _pair(output, _output(2));
        _post(1, root);
        // Signed by an author who is not the recipient.
        Registration memory r = _registration(KEY, output.vaultAsset);
        _refused(
            PROVIDER,
            1,
            output,
            proof,
            r,
            abi.encodeWithSelector(IOutputRegistry.OutputRegistry_Unauthorized.selector, PROVIDER, PAYER)
        );
        // The recipient as an author, without its signature.
        r.work.authors[0] = PAYER;
        _refused(
            PROVIDER,
            1,
            output,
            proof,
            r,
            abi.encodeWithSelector(IIPRegistry.IPRegistry_BadSignature.selector, PAYER, 0)
        );
        r = _registration(PAYER_KEY, keccak256("another asset"));
        _refused(
            PAYER,
            1,
            output,
            proof,
            r,
            abi.encodeWithSelector(
                IOutputRegistry.OutputRegistry_OtherAsset.selector,
                keccak256("another asset"),
                output.vaultAsset
            )
        );
        // A stranger pays the gas of what the recipient signed.
        r = _registration(PAYER_KEY, output.vaultAsset);
        assertEq(outputs.claimWork(model, 1, output, proof, r), 2, "by a stranger");
        assertEq(works.ownerOf(2), PAYER, "for the recipient");
        // The recipient has others as authors.
        output = _output(3);
        (root, proof) = _pair(output, _output(4));
        _post(2, root);
        r = _registration(KEY, output.vaultAsset);
        vm.prank(PAYER);
        assertEq(outputs.claimWork(model, 2, output, proof, r), 3, "by the recipient");
    }

    function test_withoutAnAiraNobodyShares() public {
        Output memory output = _output(1);
        output.source = 0;
        (bytes32 root, bytes32[] memory proof) = _pair(output, _output(2));
        _post(1, root);
        Registration memory r = _registration(PAYER_KEY, output.vaultAsset);
        assertEq(vaults.fixedAccount(outputs.claimWork(model, 1, output, proof, r)), address(0), "no source");
        output = _output(3);
        output.source = 77;
        (root, proof) = _pair(output, _output(2));
        _post(2, root);
        r = _registration(PAYER_KEY, output.vaultAsset);
        assertEq(vaults.fixedAccount(outputs.claimWork(model, 2, output, proof, r)), address(0), "no token");
        factory.set(source, model, AIRA, 0);
        output = _output(4);
        (root, proof) = _pair(output, _output(2));
        _post(3, root);
        r = _registration(PAYER_KEY, output.vaultAsset);
        assertEq(vaults.fixedAccount(outputs.claimWork(model, 3, output, proof, r)), address(0), "no share");
    }

    function testFuzz_onlyWhatIsUnderTheRoot(uint256 where, bytes32 noise, uint64 epoch) public {
        noise = noise == 0 ? bytes32(uint256(1)) : noise;
        Output memory output = _output(1);
        (bytes32 root, bytes32[] memory proof) = _pair(output, _output(2));
        _post(1, root);
        where = bound(where, 0, 7);
        if (where == 0) output.outputId ^= noise;
        else if (where == 1) output.receipt ^= noise;
        else if (where == 2) output.manifest ^= noise;
        else if (where == 3) output.vaultAsset ^= noise;
        else if (where == 4) output.source ^= uint256(noise);
        else if (where == 5) output.recipient = address(this);
        else if (where == 6) proof[0] ^= noise;
        epoch = where == 7 && epoch != 1 ? epoch : 1;
        if (where == 7 && epoch == 1) return;
        Registration memory r = _registration(PAYER_KEY, output.vaultAsset);
        _refused(
            output.recipient,
            epoch,
            output,
            proof,
            r,
            abi.encodeWithSelector(
                IOutputRegistry.OutputRegistry_NotInEpoch.selector,
                output.outputId,
                epoch == 1 ? root : bytes32(0)
            )
        );
    }

    function test_aPauseStopsEpochsAndWorks() public {
        Output memory output = _output(1);
        (bytes32 root, bytes32[] memory proof) = _pair(output, _output(2));
        _post(1, root);
        Registration memory r = _registration(PAYER_KEY, output.vaultAsset);
        bytes32[] memory long = new bytes32[](33);
        _refused(
            PAYER,
            1,
            output,
            long,
            r,
            abi.encodeWithSelector(IOutputRegistry.OutputRegistry_OutOfBounds.selector, "proof", 33, 0, 32)
        );
        council.pause(outputs.OUTPUT_REGISTRY(), true);
        bytes memory paused = abi.encodeWithSelector(IOutputRegistry.OutputRegistry_Paused.selector);
        _refused(PAYER, 1, output, proof, r, paused);
        vm.prank(TRAINER);
        vm.expectRevert(paused);
        outputs.post(model, 2, root, 1);
    }
}
