// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IAnchorStateRegistry} from "../../src-sol/l1/interfaces/IAnchorStateRegistry.sol";
import {FastExits} from "../../src-sol/network/FastExits.sol";
import {Attestation, Body, NetworkMessages, Vote} from "../../src-sol/network/NetworkMessages.sol";
import {StakeRegistry} from "../../src-sol/network/StakeRegistry.sol";
import {IDrills} from "../../src-sol/network/interfaces/IDrills.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {GameStatus} from "../../src-sol/shared/Types.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";

/// @notice The game that the vectors attest to, and the registry of games that counts it: no chain of a test has a game at that address.
contract Claimed {
    address private immutable _game;
    uint256 public immutable batchIndex;
    bytes32 public immutable batchAcc;
    uint256 public immutable l2BlockNumber;
    bytes32 public immutable rootClaim;

    constructor(Body memory body) {
        (_game, batchIndex, batchAcc) = (body.game, body.batchIndex, body.batchAcc);
        (l2BlockNumber, rootClaim) = (body.l2BlockNumber, body.outputRoot);
    }

    function isGameProper(address game) external view returns (bool) {
        return game == _game;
    }

    function isGameRespected(address game) external view returns (bool) {
        return game == _game;
    }

    function status() external pure returns (GameStatus) {
        return GameStatus.IN_PROGRESS;
    }
}

/// @notice Values of a file of vectors.
abstract contract VectorFiles is DiligenceSetup {
    string internal constant FOLDER = "../network/protocol/vectors/";

    /// @dev The file that is read from.
    string internal json;

    function _open(string memory name) internal {
        json = vm.readFile(string.concat(FOLDER, name, ".json"));
    }

    function _item(string memory list, uint256 i) internal pure returns (string memory) {
        return string.concat(list, "[", vm.toString(i), "]");
    }

    /// @notice Length of a list; a list that is empty or is not there holds nothing to anything.
    function _countOf(string memory list) internal view returns (uint256 count) {
        while (vm.keyExistsJson(json, _item(list, count))) count++;
        assertTrue(count != 0, string.concat("vectors at ", list));
    }

    function _uint(string memory at, string memory name) internal view returns (uint256) {
        return vm.parseJsonUint(json, string.concat(at, name));
    }

    function _word(string memory at, string memory name) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(at, name));
    }

    function _words(string memory at, string memory name) internal view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(json, string.concat(at, name));
    }

    function _account(string memory at, string memory name) internal view returns (address) {
        return vm.parseJsonAddress(json, string.concat(at, name));
    }

    function _data(string memory at, string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(json, string.concat(at, name));
    }

    function _text(string memory at, string memory name) internal view returns (string memory) {
        return vm.parseJsonString(json, string.concat(at, name));
    }

    function _bodyAt(string memory at) internal view returns (Body memory body) {
        (body.game, body.batchIndex) = (_account(at, ".game"), _uint(at, ".batchIndex"));
        (body.batchAcc, body.l2BlockNumber) = (_word(at, ".batchAcc"), _uint(at, ".l2BlockNumber"));
        (body.outputRoot, body.epoch) = (_word(at, ".outputRoot"), uint64(_uint(at, ".epoch")));
    }

    function _votesAt(string memory list) internal view returns (Vote[] memory votes) {
        votes = new Vote[](_countOf(list));
        for (uint256 i = 0; i < votes.length; i++) {
            string memory at = _item(list, i);
            votes[i] = Vote(_word(at, ".blocksRoot"), _word(at, ".r"), _word(at, ".vs"));
        }
    }

    function _same(string memory a, string memory b) internal pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}

/// @title VectorsTest
/// @notice The contracts with the vectors that `libs/network/protocol` publishes for other implementations: the files that its own tests are held to. Of
/// alarms and blocks of the sequencer there is nothing here: no contract is shown one.
contract VectorsTest is VectorFiles {
    /// @dev Epoch of what the vectors attest to.
    uint64 private constant ATTESTED = 9;

    /// @dev What answers in the place of a certificate's registry of games.
    Claimed private _claimed;

    // --- where the vectors are signed for

    /// @notice A stake registry on the chain and at the address of the vectors' domain.
    function _registryAt(string memory domain, uint32 cap, address[] memory slashers) private {
        vm.chainId(_uint(domain, ".chainId"));
        stakes = StakeRegistry(_account(domain, ".registry"));
        vm.etch(address(stakes), address(new StakeRegistry()).code);
        stakes.initialize(config, EPOCH, 0, _roles(cap, slashers), _tokens());
    }

    function _roles(
        uint32 cap,
        address[] memory slashers
    ) private pure returns (IStakeRegistry.RoleSetup[] memory roles) {
        roles = new IStakeRegistry.RoleSetup[](1);
        IStakeRegistry.RoleParameters memory parameters = IStakeRegistry.RoleParameters(MIN_STAKE, UNBONDING, 64, cap);
        roles[0] = IStakeRegistry.RoleSetup(VERIFIER, parameters, slashers);
    }

    /// @notice The members of the vectors join, with their keys and stakes, and the epoch that they attest in comes.
    function _join() private {
        uint256 count = _countOf(".members");
        for (uint256 i = 0; i < count; i++) {
            uint256 secret = uint256(_word(_item(".privateKeys", i), ""));
            (address member, address key) = (_member(i), _account(_item(".members", i), ".key"));
            assertEq(vm.addr(secret), key, "key of a private key");
            bytes memory proof = _sign(secret, stakes.keyDigest(member));
            uint256 stake = _uint(_item(".members", i), ".stake");
            vm.deal(member, stake);
            vm.prank(member);
            stakes.join{value: stake}(VERIFIER, key, "https://verifier.example", proof);
        }
        vm.warp(stakes.epochStart() + (ATTESTED - 1) * EPOCH);
        assertEq(stakes.currentEpoch(), ATTESTED, "the epoch of the vectors");
    }

    /// @notice Fast exits that count the game of the vectors, with the registry of its domain and its members.
    function _exits() private {
        _open("certificates");
        Body memory body = _bodyAt(".certificates[0].body");
        _claimed = new Claimed(body);
        vm.etch(body.game, address(_claimed).code);
        stakes = StakeRegistry(_account(".domain", ".registry"));
        fast = _newExits();
        address[] memory slashers = new address[](1);
        slashers[0] = address(fast);
        _registryAt(".domain", uint32(_uint(".certificates[0]", ".cap")), slashers);
        _join();
    }

    function _newExits() private returns (FastExits) {
        IAnchorStateRegistry games = IAnchorStateRegistry(address(_claimed));
        return
            new FastExits(
                FastExits.Parameters(stakes, games, IDrills(address(0)), _known(), MIN_AGE, CERTIFICATE_EPOCHS, 5)
            );
    }

    // --- messages

    function test_the_domain_and_the_proof_of_a_key() external {
        _open("messages");
        _registryAt(".keyProof.domain", 1_000_000, new address[](0));
        assertEq(stakes.domainSeparator(), _word("", ".domainSeparator"), "domain separator");
        address member = _account(".keyProof", ".member");
        assertEq(stakes.keyDigest(member), _word(".keyProof", ".hash"), "hash");
        bytes memory proof = _data(".keyProof", ".signature");
        address key = vm.addr(uint256(_word(".keyProof", ".privateKey")));
        bytes memory refused = abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadKey.selector, key);
        vm.expectRevert(refused);
        vm.prank(bob);
        stakes.join(VERIFIER, key, "https://verifier.example", proof);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(refused);
        vm.prank(member);
        stakes.join(VERIFIER, key, "https://verifier.example", proof);
        vm.chainId(_uint(".keyProof.domain", ".chainId"));
        vm.prank(member);
        stakes.join(VERIFIER, key, "https://verifier.example", proof);
        assertEq(stakes.ownerOfKey(key), member, "the key is the member's");
    }

    function test_attestations_have_the_same_digests_signers_and_bytes() external {
        _open("messages");
        _registryAt(".keyProof.domain", 1_000_000, new address[](0));
        uint256 count = _countOf(".messages");
        uint256 attestations = 0;
        for (uint256 i = 0; i < count; i++) {
            string memory at = _item(".messages", i);
            if (!_same(_text(at, ".kind"), "attestation")) continue;
            attestations++;
            _checkAttestation(at);
        }
        assertGe(attestations, 3, "of several chains, with the greatest values");
    }

    function _checkAttestation(string memory at) private {
        string memory domain = string.concat(at, ".domain");
        assertEq(_account(domain, ".registry"), address(stakes), "registry");
        vm.chainId(_uint(domain, ".chainId"));
        string memory fields = string.concat(at, ".message");
        (Body memory body, bytes32 blocksRoot) = (_bodyAt(fields), _word(fields, ".blocksRoot"));
        (address key, bytes memory signature) = (_account(at, ".key"), _data(at, ".signature"));
        bytes32 digest = _digest(body, blocksRoot);
        assertEq(digest, _word(at, ".hash"), "digest");
        assertEq(_sign(uint256(_word(at, ".privateKey")), digest), signature, "signature of RFC 6979");
        string memory compact = string.concat(at, ".compact");
        Vote memory vote = Vote(blocksRoot, _word(compact, ".r"), _word(compact, ".vs"));
        assertEq(this.signerOf(body, vote), key, "signer of a vote");
        (Attestation memory a, bytes memory signed) = this.decode(_data(at, ".wire"));
        assertEq(abi.encode(a, signed), _data(at, ".wire"), "bytes");
        assertEq(signed, signature, "signature in the bytes");
        assertEq(a.blocksRoot, blocksRoot, "root in the bytes");
        assertEq(abi.encode(this.bodyOf(a)), abi.encode(body), "body in the bytes");
        // Whatever is another, the signature is not the key's.
        for (uint256 i = 0; i < 8; i++) {
            (Body memory other, Vote memory its) = (_bodyAt(fields), vote);
            if (i == 0) other.game = address(uint160(other.game) ^ 1);
            if (i == 1) other.batchIndex ^= 1;
            if (i == 2) other.batchAcc ^= bytes32(uint256(1));
            if (i == 3) other.l2BlockNumber ^= 1;
            if (i == 4) other.outputRoot ^= bytes32(uint256(1));
            if (i == 5) other.epoch ^= 1;
            if (i == 6) its = Vote(blocksRoot ^ bytes32(uint256(1)), vote.r, vote.vs);
            if (i == 7) vm.chainId(block.chainid + 1);
            assertTrue(this.signerOf(other, its) != key, "nobody signed that");
        }
    }

    /// @notice As in fast exits.
    function signerOf(Body memory body, Vote calldata vote) external view returns (address) {
        return NetworkMessages.signerOf(stakes.domainSeparator(), body, vote);
    }

    function bodyOf(Attestation calldata a) external pure returns (Body memory) {
        return NetworkMessages.bodyOf(a);
    }

    function decode(bytes calldata wire) external pure returns (Attestation memory, bytes memory) {
        return abi.decode(wire, (Attestation, bytes));
    }

    /// @notice What the protocol refuses has no form in which a contract could be called, or is nobody's signature there. That the bytes have one form only is
    /// a rule of the wire, so that gossip has one key for a message: what breaks that rule alone says the same as the message that it was made of.
    function test_what_is_refused_on_the_wire_is_refused_here() external {
        _exits();
        Attestation memory second;
        bytes memory signature = _data(".equivocation.second", ".signature");
        string memory at = ".equivocation.second.message";
        Body memory body = _bodyAt(at);
        second = Attestation(
            body.game,
            body.batchIndex,
            body.batchAcc,
            body.l2BlockNumber,
            body.outputRoot,
            _word(at, ".blocksRoot"),
            body.epoch
        );
        _open("messages");
        bytes memory wire = _data(".messages[0]", ".wire");
        uint256 count = _countOf(".refused");
        for (uint256 i = 0; i < count; i++) {
            string memory what = _text(_item(".refused", i), ".what");
            bytes memory broken = _data(_item(".refused", i), ".wire");
            assertTrue(keccak256(broken) != keccak256(wire), what);
            try this.decode(broken) returns (Attestation memory a, bytes memory signed) {
                if (_isAnotherForm(what)) {
                    assertEq(abi.encode(a, signed), wire, what);
                    continue;
                }
                assertTrue(_isNoSignature(what), what);
                vm.expectRevert(IFastExits.FastExits_NoEquivocation.selector);
                fast.slashEquivocation(a, signed, second, signature);
            } catch {
                assertTrue(_isNoEncoding(what), what);
            }
        }
        (Attestation memory first, bytes memory whole) = this.decode(wire);
        fast.slashEquivocation(first, whole, second, signature);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "what was not broken counts");
    }

    function _isAnotherForm(string memory what) private pure returns (bool) {
        return
            _same(what, "a byte too few") || _same(what, "a word too many") || _same(what, "padding that is not zero");
    }

    function _isNoEncoding(string memory what) private pure returns (bool) {
        return
            _same(what, "no bytes") ||
            _same(what, "an address with more than 20 bytes") ||
            _same(what, "an epoch of more than 64 bits") ||
            _same(what, "another offset");
    }

    function _isNoSignature(string memory what) private pure returns (bool) {
        return
            _same(what, "a signature of 64 bytes") ||
            _same(what, "v of 0") ||
            _same(what, "v of 29") ||
            _same(what, "r of zero") ||
            _same(what, "s in the upper half");
    }

    // --- trees

    function test_trees_of_blocks() external {
        _open("trees");
        uint256 count = _countOf(".blocks");
        for (uint256 i = 0; i < count; i++) {
            string memory at = _item(".blocks", i);
            bytes32[] memory outputs = _words(at, ".outputRoots");
            bytes32[] memory leaves = new bytes32[](outputs.length);
            for (uint256 j = 0; j < outputs.length; j++)
                leaves[j] = _twice(
                    abi.encodePacked(_account(at, ".key"), _word(at, ".salt"), _uint(at, ".firstBlock") + j, outputs[j])
                );
            _checkTree(at, leaves);
        }
    }

    function test_trees_of_check_ins() external {
        _open("trees");
        uint256 count = _countOf(".checkIns");
        for (uint256 i = 0; i < count; i++) {
            string memory at = _item(".checkIns", i);
            bytes32[] memory leaves = new bytes32[](_words(at, ".leaves").length);
            for (uint256 j = 0; j < leaves.length; j++) {
                string memory batch = _item(string.concat(at, ".batches"), j);
                leaves[j] = _twice(
                    abi.encode(
                        j,
                        _word(batch, ".bodyId"),
                        _word(batch, ".blocksRoot"),
                        _uint(batch, ".firstBlock"),
                        _uint(batch, ".blocks")
                    )
                );
            }
            _checkTree(at, leaves);
        }
    }

    /// @dev Leaves, root and proofs, as `Diligence` checks them, and as the other tests of it make them.
    function _checkTree(string memory at, bytes32[] memory leaves) private view {
        bytes32 root = _word(at, ".root");
        assertEq(abi.encode(leaves), abi.encode(_words(at, ".leaves")), "leaves");
        if (leaves.length == 0) {
            assertEq(root, 0, "root of nothing");
            return;
        }
        assertEq(_sortedRoot(leaves), root, "root");
        for (uint256 i = 0; i < leaves.length; i++) {
            bytes32[] memory path = _words(at, string.concat(".proofs", _item("", i)));
            assertEq(abi.encode(_sortedPath(leaves, i)), abi.encode(path), "proof");
            assertTrue(MerkleProof.verify(path, root, leaves[i]), "in the tree");
            assertFalse(MerkleProof.verify(path, root, _twice(abi.encode(leaves[i]))), "another leaf is not");
            assertFalse(MerkleProof.verify(path, root ^ bytes32(uint256(1)), leaves[i]), "nor is it in another tree");
            if (path.length == 0) continue;
            assertFalse(
                MerkleProof.verify(path, root, leaves[(i + 1) % leaves.length]),
                "nor the next one in its place"
            );
            path[path.length - 1] ^= bytes32(uint256(1));
            assertFalse(MerkleProof.verify(path, root, leaves[i]), "with another sibling");
        }
    }

    // --- certificates

    function test_weights() external {
        _open("certificates");
        uint256 count = _countOf(".weights");
        uint256 members = _countOf(".members");
        for (uint256 i = 0; i < count; i++) {
            string memory at = _item(".weights", i);
            uint32 cap = uint32(_uint(at, ".cap"));
            stakes = _newRegistry(
                IStakeRegistry.RoleParameters(MIN_STAKE, UNBONDING, 64, cap),
                _tokens(),
                new address[](0)
            );
            _join();
            assertEq(stakes.totalWeightAt(VERIFIER, ATTESTED), _uint(at, ".total"), "total");
            for (uint256 j = 0; j < members; j++) {
                address key = _account(_item(".members", j), ".key");
                uint256 expected = _uint(at, string.concat(".of.", Strings.toHexString(key)));
                assertEq(stakes.weightAt(VERIFIER, key, ATTESTED), expected, "weight");
            }
        }
    }

    function test_certificates_are_posted_by_the_bytes_of_the_vectors() external {
        _exits();
        uint256 count = _countOf(".certificates");
        for (uint256 i = 0; i < count; i++) {
            string memory at = _item(".certificates", i);
            (Body memory body, Vote[] memory votes) = (
                _bodyAt(string.concat(at, ".body")),
                _votesAt(string.concat(at, ".votes"))
            );
            bytes32 id = _word(at, ".id");
            assertEq(NetworkMessages.idOf(body), id, "id");
            assertEq(abi.encode(body, votes), _data(at, ".encoded"), "bytes");
            assertEq(abi.encodeCall(FastExits.certify, (body, votes)), _data(at, ".certify"), "call");
            if (_same(_text(at, ".choose"), "fewest")) _checkFewest(at, body, votes);
            FastExits exits = fast;
            fast = _newExits();
            vm.prank(owner);
            stakes.setSlasher(VERIFIER, address(fast), true);
            (bool ok, bytes memory returned) = address(fast).call(_data(at, ".certify"));
            assertTrue(ok, "it is posted");
            assertEq(abi.decode(returned, (bytes32)), id, "under its id");
            assertEq(fast.certificateOf(id).signersHash, _signersHash(at), "signers");
            fast = exits;
        }
    }

    /// @dev Without any of its votes it has no quorum, and with one that is another's it has no signer.
    function _checkFewest(string memory at, Body memory body, Vote[] memory votes) private {
        uint256 weight = _uint(at, ".weight");
        uint256 total = stakes.totalWeightAt(VERIFIER, ATTESTED);
        assertEq(weight * 3 >= total * 2, true, "a quorum");
        for (uint256 i = 0; i < votes.length; i++) {
            bytes32 r = votes[i].r;
            votes[i].r = bytes32(0);
            vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_BadSignature.selector, i, address(0)));
            fast.certify(body, votes);
            votes[i].r = r;
        }
    }

    /// @dev Hash of the signers with their stakes, in the order of the vector's keys.
    function _signersHash(string memory at) private view returns (bytes32) {
        string memory list = string.concat(at, ".signers");
        uint256 count = _countOf(list);
        (address[] memory owners, uint256[] memory amounts) = (new address[](count), new uint256[](count));
        for (uint256 i = 0; i < count; i++) {
            owners[i] = stakes.ownerOfKey(_account(_item(list, i), ""));
            amounts[i] = stakes.memberOf(VERIFIER, owners[i]).stake;
        }
        return keccak256(abi.encode(owners, amounts));
    }

    function test_the_hash_of_signers() external {
        _open("certificates");
        uint256 count = _countOf(".signersHash.owners");
        (address[] memory owners, uint256[] memory amounts) = (new address[](count), new uint256[](count));
        for (uint256 i = 0; i < count; i++) {
            owners[i] = _account(_item(".signersHash.owners", i), "");
            amounts[i] = _uint(_item(".signersHash.stakes", i), "");
        }
        assertEq(keccak256(abi.encode(owners, amounts)), _word(".signersHash", ".hash"), "hash");
    }

    /// @notice A wei less than what the vectors say is no quorum. What the registry says of the weights is set; the rest is as it is.
    function test_quorums_by_a_wei() external {
        _exits();
        uint256 count = _countOf(".quorums");
        Body memory body = _bodyAt(".certificates[0].body");
        Vote[] memory votes = _votesAt(".certificates[0].votes");
        for (uint256 i = 0; i < count; i++) {
            (uint256 total, uint256 needed) = (
                _uint(_item(".quorums", i), ".total"),
                _uint(_item(".quorums", i), ".needed")
            );
            FastExits exits = _newExits();
            vm.prank(owner);
            stakes.setSlasher(VERIFIER, address(exits), true);
            _weigh(needed - 1, total);
            vm.expectRevert(abi.encodeWithSelector(IFastExits.FastExits_NoQuorum.selector, needed - 1, total));
            exits.certify(body, votes);
            _weigh(needed, total);
            bytes32 id = exits.certify(body, votes);
            assertEq(uint8(exits.certificateOf(id).status), uint8(IFastExits.Status.Open), "a quorum");
        }
    }

    function _weigh(uint256 weight, uint256 total) private {
        vm.mockCall(
            address(stakes),
            abi.encodeWithSelector(IStakeRegistry.signersAt.selector),
            abi.encode(IStakeRegistry.Signers(new address[](0), new uint256[](0), weight, total))
        );
    }

    function test_an_equivocation_is_punished_by_the_bytes_of_the_vectors() external {
        _exits();
        uint256 stake = stakes.memberOf(VERIFIER, _member(0)).stake;
        bytes memory call = _data(".equivocation", ".slashEquivocation");
        (bool ok, ) = address(fast).call(call);
        assertTrue(ok, "it is punished");
        assertEq(stakes.memberOf(VERIFIER, _member(0)).stake, 0, "with all");
        assertEq(stake, _uint(".members[0]", ".stake"), "that the vectors say");
    }
}
