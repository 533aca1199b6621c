// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {CrossDomainMessenger} from "../../src-sol/bridge/CrossDomainMessenger.sol";
import {L1Bridge} from "../../src-sol/bridge/L1Bridge.sol";
import {L1CrossDomainMessenger} from "../../src-sol/bridge/L1CrossDomainMessenger.sol";
import {L1StandardBridge} from "../../src-sol/bridge/L1StandardBridge.sol";
import {StandardBridge} from "../../src-sol/bridge/StandardBridge.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {Predeploys} from "../../src-sol/l2/Predeploys.sol";
import {FastExits} from "../../src-sol/network/FastExits.sol";
import {InsuredClasses} from "../../src-sol/network/InsuredClasses.sol";
import {Attestation, Body, NetworkMessages, Signer, Vote} from "../../src-sol/network/NetworkMessages.sol";
import {IDrills} from "../../src-sol/network/interfaces/IDrills.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {OutputRootProof, WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {StakeSetup} from "./StakeSetup.sol";
import {Tries} from "./Tries.sol";

/// @notice Says of whatever it is told that it was a drill.
contract Said {
    mapping(bytes32 root => bool) private _drills;

    function set(bytes32 root) external {
        _drills[root] = true;
    }

    function isDrill(address, uint256, bytes32, bytes32 outputRoot) external view returns (bool) {
        return _drills[outputRoot];
    }
}

/// @title NetworkSetup
/// @notice A chain's portal, messenger, bridge, factory, registry and challenge tree with the stake registry and fast exits, seven verifiers, and
/// outputs with withdrawals in them.
abstract contract NetworkSetup is StakeSetup {
    using Tries for WithdrawalTransaction;
    using Tries for WithdrawalTransaction[];

    uint64 internal constant MIN_AGE = 10;
    uint64 internal constant CERTIFICATE_EPOCHS = 3;
    uint256 internal constant VERIFIERS = 7;
    uint256 internal constant STAKE = 30 ether;
    uint256 internal constant TOKEN_STAKE = 3_000;
    address internal constant REMOTE = address(0x2e307e);
    /// @dev More than it takes to name games and withdrawals apart.
    bytes32 internal constant LIE = "lie";

    FastExits internal fast;
    Said internal drills;
    L1CrossDomainMessenger internal messenger;
    L1StandardBridge internal bridge;

    /// @dev Verifiers in the order of their keys.
    uint256[] internal order;
    /// @dev What the newest claim has.
    WithdrawalTransaction[] internal ws;
    OutputRootProof internal output;
    IAssertionGame internal game;
    uint256 internal gameIndex;

    function setUp() public virtual override {
        super.setUp();
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, address(fast), true);
        vm.deal(address(this), 1_000_000 ether);
        portal.donateETH{value: 1_000 ether}();
        token.mint(address(this), 100_000);
        token.approve(address(bridge), 100_000);
        bridge.donateERC20(address(token), REMOTE, 10_000);
        for (uint256 i = 0; i < _count(); i++) {
            _enter(i, STAKE);
            _stakeTokens(i, TOKEN_STAKE);
            _sortIn(i);
        }
        _nextEpoch();
    }

    function _count() internal view virtual returns (uint256) {
        return VERIFIERS;
    }

    function _role() internal view virtual override returns (IStakeRegistry.RoleParameters memory) {
        return IStakeRegistry.RoleParameters(MIN_STAKE, UNBONDING, 64, 1_000_000);
    }

    function _sortIn(uint256 i) internal {
        order.push(i);
        for (uint256 at = order.length - 1; at > 0 && _key(order[at - 1]) > _key(order[at]); at--)
            (order[at - 1], order[at]) = (order[at], order[at - 1]);
    }

    function _fastExits() internal virtual override returns (IFastExits) {
        _makeRegistry();
        drills = new Said();
        messenger = L1CrossDomainMessenger(
            address(
                new ERC1967Proxy(
                    address(new L1CrossDomainMessenger()),
                    abi.encodeCall(L1CrossDomainMessenger.initialize, (config, portal))
                )
            )
        );
        bridge = L1StandardBridge(
            payable(
                address(
                    new ERC1967Proxy(
                        address(new L1StandardBridge()),
                        abi.encodeCall(L1Bridge.initialize, (messenger, config))
                    )
                )
            )
        );
        fast = new FastExits(
            FastExits.Parameters(stakes, registry, _drills(), _known(), MIN_AGE, CERTIFICATE_EPOCHS, 5)
        );
        return fast;
    }

    /// @notice What says which assertions were drills.
    function _drills() internal virtual returns (IDrills) {
        return IDrills(address(drills));
    }

    function _known() internal view returns (InsuredClasses.Known memory) {
        return
            InsuredClasses.Known(
                address(portal),
                address(inbox),
                address(messenger),
                address(bridge),
                address(0x721),
                address(0x1155)
            );
    }

    // --- withdrawals

    function _plain(address target, uint256 value) internal pure returns (WithdrawalTransaction memory) {
        return WithdrawalTransaction(0, address(0x12), target, value, 100_000, "");
    }

    function _message(
        uint256 nonce,
        uint256 value,
        bytes memory call
    ) internal view returns (WithdrawalTransaction memory) {
        return
            WithdrawalTransaction(
                0,
                Predeploys.L2_CROSS_DOMAIN_MESSENGER,
                address(messenger),
                value,
                600_000,
                abi.encodeCall(
                    CrossDomainMessenger.relayMessage,
                    ((uint256(1) << 240) | nonce, Predeploys.L2_STANDARD_BRIDGE, address(bridge), value, 200_000, call)
                )
            );
    }

    function _etherMessage(
        uint256 nonce,
        address to,
        uint256 value
    ) internal view returns (WithdrawalTransaction memory) {
        return _message(nonce, value, abi.encodeCall(StandardBridge.finalizeBridgeETH, (alice, to, value, "")));
    }

    function _tokenMessage(
        uint256 nonce,
        address to,
        uint256 amount
    ) internal view returns (WithdrawalTransaction memory) {
        return
            _message(
                nonce,
                0,
                abi.encodeCall(StandardBridge.finalizeBridgeERC20, (address(token), REMOTE, alice, to, amount, ""))
            );
    }

    /// @notice Adds a withdrawal to the next claim; gives its position.
    function _add(WithdrawalTransaction memory w) internal returns (uint256 i) {
        i = ws.length;
        w.place(i);
        ws.push(w);
    }

    /// @notice Output with what was added.
    function _outputRoot() internal returns (bytes32) {
        output = OutputRootProof(0, "state", keccak256(ws.branchOf()), "block");
        return keccak256(abi.encode(output));
    }

    /// @notice Asserts the output with what was added, lets it become old enough, and proves all of it as alice.
    function _claim() internal {
        gameIndex = factory.gameCount();
        game = _assert(proposer, NO_PARENT, _outputRoot());
        _pass(MIN_AGE);
        for (uint256 i = 0; i < ws.length; i++) _prove(i);
    }

    function _prove(uint256 i) internal {
        bytes[] memory proof = ws.proofOf(i);
        vm.prank(alice);
        portal.proveWithdrawalTransaction(ws[i], gameIndex, output, proof);
    }

    // --- certificates

    function _body(IAssertionGame about) internal view returns (Body memory) {
        return
            Body(
                address(about),
                about.batchIndex(),
                about.batchAcc(),
                about.l2BlockNumber(),
                about.rootClaim(),
                stakes.currentEpoch()
            );
    }

    function _digest(Body memory body, bytes32 blocksRoot) internal view returns (bytes32) {
        return NetworkMessages.digest(stakes.domainSeparator(), body, blocksRoot);
    }

    function _vote(uint256 verifier, Body memory body) internal view returns (Vote memory) {
        bytes32 blocksRoot = keccak256(abi.encode("blocks", verifier));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_secret(verifier), _digest(body, blocksRoot));
        return Vote(blocksRoot, r, v == 28 ? bytes32(uint256(s) | (uint256(1) << 255)) : s);
    }

    /// @notice Votes of the first so many verifiers in the order of their keys.
    function _votes(Body memory body, uint256 count) internal view returns (Vote[] memory votes) {
        votes = new Vote[](count);
        for (uint256 i = 0; i < count; i++) votes[i] = _vote(order[i], body);
    }

    /// @notice These with their stakes now.
    function _signers(uint256 count) internal view returns (Signer[] memory signers) {
        signers = new Signer[](count);
        for (uint256 i = 0; i < count; i++) {
            address member = _member(order[i]);
            signers[i] = Signer(member, stakes.memberOf(VERIFIER, member).stake);
        }
    }

    function _attestation(uint256 verifier, Body memory body) internal pure returns (Attestation memory) {
        return
            Attestation(
                body.game,
                body.batchIndex,
                body.batchAcc,
                body.l2BlockNumber,
                body.outputRoot,
                keccak256(abi.encode("blocks", verifier)),
                body.epoch
            );
    }

    function _attest(uint256 verifier, Body memory body) internal view returns (bytes memory) {
        return _sign(_secret(verifier), _digest(body, keccak256(abi.encode("blocks", verifier))));
    }

    function _idOf(Body memory body) internal pure returns (bytes32) {
        return keccak256(abi.encode(body));
    }

    // --- exits

    /// @notice What a withdrawal costs to pay early, as far as the caller sends it along.
    function _etherFee(WithdrawalTransaction memory w) internal view returns (uint256) {
        return fast.feeOf(w.value);
    }

    /// @notice Pays a withdrawal early with a certificate that is posted now.
    function _exit(uint256 i, Body memory body, uint256 count) internal {
        _exitWith(i, body, _votes(body, count), new Signer[](0));
    }

    function _exitWith(uint256 i, Body memory body, Vote[] memory votes, Signer[] memory signers) internal {
        uint256 fee = _etherFee(ws[i]);
        portal.finalizeFast{value: fee}(ws[i], alice, body, votes, signers);
    }

    // --- ends of games

    /// @notice Lets the newest claim be accepted for good.
    function _accept() internal {
        _pass(CHALLENGE_PERIOD + 1);
        game.resolve();
        _pass(FINALITY_DELAY);
    }

    /// @notice A rival of the newest claim with this root wins, and is final.
    function _acceptRival(bytes32 root) internal returns (IAssertionGame rival) {
        bytes32[] memory leaves = _flat(root);
        rival = _assert(bob, IDisputeGame(address(game.parent())), leaves);
        bytes32 top = rival.tournament();
        _bisect(bob, top, leaves, 0, 2);
        _pass(CHALLENGE_PERIOD + 1);
        _updateTop(top, leaves);
        rival.resolve();
        _pass(FINALITY_DELAY);
    }
}
