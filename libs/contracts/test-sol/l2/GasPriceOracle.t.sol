// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GasPriceOracle} from "../../src-sol/l2/GasPriceOracle.sol";
import {L1Block} from "../../src-sol/l2/L1Block.sol";
import {Predeploys} from "../../src-sol/l2/Predeploys.sol";
import {Test} from "../base/Test.sol";

contract GasPriceOracleTest is Test {
    GasPriceOracle private oracle;
    L1Block private block_ = L1Block(Predeploys.L1_BLOCK);

    function setUp() public {
        vm.etch(address(block_), address(new L1Block()).code);
        vm.etch(Predeploys.GAS_PRICE_ORACLE, address(new GasPriceOracle()).code);
        oracle = GasPriceOracle(Predeploys.GAS_PRICE_ORACLE);
        _set(20 gwei, 3 gwei, 500_000, 400_000);
    }

    function _set(uint256 baseFee, uint256 blobBaseFee, uint32 scalar, uint32 blobScalar) private {
        // The first update is taken over as it is.
        vm.etch(address(block_), address(new L1Block()).code);
        vm.store(address(block_), bytes32(uint256(2)), 0);
        vm.prank(block_.DEPOSITOR_ACCOUNT());
        block_.setL1BlockValues(1, 1, baseFee, blobBaseFee, 0, 0, scalar, blobScalar);
    }

    /// @dev docs/spec/protocol.md, section 4, for a signed transaction.
    function _formula(
        bytes memory signed,
        uint256 baseFee,
        uint256 blobBaseFee,
        uint256 scalar,
        uint256 blobScalar
    ) private pure returns (uint256) {
        uint256 gas;
        for (uint256 i; i < signed.length; ++i) gas += signed[i] == 0 ? 4 : 16;
        return (gas * (16 * scalar * baseFee + blobScalar * blobBaseFee)) / 16_000_000;
    }

    function _signed(bytes memory unsigned) private pure returns (bytes memory signed) {
        bytes memory signature = new bytes(68);
        for (uint256 i; i < 68; ++i) signature[i] = 0xff;
        return bytes.concat(unsigned, signature);
    }

    function testFuzz_the_fee_is_that_of_the_protocol(
        bytes memory unsigned,
        uint64 baseFee,
        uint64 blobBaseFee,
        uint32 scalar,
        uint32 blobScalar
    ) public {
        _set(baseFee, blobBaseFee, scalar, blobScalar);
        assertEq(
            oracle.getL1Fee(unsigned),
            _formula(_signed(unsigned), baseFee, blobBaseFee, scalar, blobScalar),
            "fee"
        );
    }

    function testFuzz_zeros_and_others_are_counted(uint16 zeros, uint16 others) public view {
        zeros = uint16(bound(zeros, 0, 2_000));
        others = uint16(bound(others, 0, 2_000));
        bytes memory data = new bytes(uint256(zeros) + others);
        for (uint256 i; i < others; ++i) data[i] = 0x80;
        assertEq(oracle.getL1GasUsed(data), 4 * uint256(zeros) + 16 * (uint256(others) + 68), "gas");
    }

    function testFuzz_the_upper_bound_is_never_exceeded(bytes memory unsigned) public view {
        assertLe(oracle.getL1Fee(unsigned), oracle.getL1FeeUpperBound(unsigned.length), "bound");
    }

    function test_the_parameters_are_those_of_L1Block() public {
        vm.fee(7 gwei);
        assertEq(oracle.l1BaseFee(), 20 gwei, "l1BaseFee");
        assertEq(oracle.blobBaseFee(), 3 gwei, "blobBaseFee");
        assertEq(oracle.baseFeeScalar(), 500_000, "baseFeeScalar");
        assertEq(oracle.blobBaseFeeScalar(), 400_000, "blobBaseFeeScalar");
        assertEq(oracle.scalar(), 500_000, "scalar");
        assertEq(oracle.overhead(), 0, "overhead");
        assertEq(oracle.decimals(), 6, "decimals");
        assertEq(oracle.gasPrice(), 7 gwei, "gasPrice");
        assertEq(oracle.baseFee(), 7 gwei, "baseFee");
        assertEq(oracle.getOperatorFee(1_000_000), 0, "operator fee");
    }

    function test_a_known_fee() public view {
        // 2 zeros and 1 other byte with the signature: 8 + 69 * 16 = 1,112 gas, at 10 gwei + 0.075 gwei.
        assertEq(oracle.getL1Fee(hex"000001"), 1_112 * 10.075 gwei, "fee");
    }
}
