// A pack of `fxcaps vectors export squash --to readmemh --lanes D`, D the components of a vector,
// against squash.sv.
`timescale 1ns / 1ps
module tb_squash;
    `include "pack.svh"
    localparam integer DIM = IN_X_LANES;
    wire clk, reset, s_valid, s_ready, m_valid, m_ready, wrong, dumped;
    wire [DIM*IN_X_WIDTH-1:0] s_data, stimulus;
    wire [DIM*OUT_OUT_WIDTH-1:0] m_data, expected;
    wire [31:0] s_index, m_index, profile_id, file;
    wire [63:0] total, n, divisor, root;
    wire [DIM*64-1:0] rounded;
    wire [4:0] told;
    fxcaps_memory #(
        .FILE("in_x.hex"), .BITS(DIM * IN_X_WIDTH), .DEPTH(IN_X_DEPTH)
    ) in_x (.index(s_index), .word(stimulus));
    fxcaps_memory #(
        .FILE("out_out.hex"), .BITS(DIM * OUT_OUT_WIDTH), .DEPTH(OUT_OUT_DEPTH), .EXPECTED(1)
    ) out_out (.index(m_index), .word(expected));
    fxcaps_bench #(
        .IN_BITS(DIM * IN_X_WIDTH), .IN_BEATS(IN_X_DEPTH), .OUT_WIDTH(OUT_OUT_WIDTH),
        .OUT_LANES(DIM), .OUT_BEATS(OUT_OUT_DEPTH), .CASES(CASES),
        .PROFILE_ID(FXCAPS_PROFILE_ID), .DIGEST(FXCAPS_SET_DIGEST)
    ) bench (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .s_index(s_index), .stimulus(stimulus), .m_valid(m_valid), .m_ready(m_ready),
        .m_data(m_data), .m_index(m_index), .expected(expected), .keep({DIM{1'b1}}),
        .profile_id(profile_id), .wrong(wrong), .dumped(dumped), .file(file)
    );
    fxcaps_tap #(
        .NAME("register"), .FILE("tap_register.hex"), .PER(1), .BEATS(OUT_OUT_DEPTH)
    ) tap_register (
        .clk(clk), .beat(m_index), .value(total), .wrong(wrong), .dumped(dumped), .file(file),
        .found(1'b0), .told(told[0])
    );
    fxcaps_tap #(
        .NAME("N"), .FILE("tap_N.hex"), .PER(1), .BEATS(OUT_OUT_DEPTH)
    ) tap_N (
        .clk(clk), .beat(m_index), .value(n), .wrong(wrong), .dumped(dumped), .file(file),
        .found(told[0]), .told(told[1])
    );
    fxcaps_tap #(
        .NAME("divisor"), .FILE("tap_divisor.hex"), .PER(1), .BEATS(OUT_OUT_DEPTH)
    ) tap_divisor (
        .clk(clk), .beat(m_index), .value(divisor), .wrong(wrong), .dumped(dumped), .file(file),
        .found(told[1]), .told(told[2])
    );
    fxcaps_tap #(
        .NAME("root"), .FILE("tap_root.hex"), .PER(1), .BEATS(OUT_OUT_DEPTH)
    ) tap_root (
        .clk(clk), .beat(m_index), .value(root), .wrong(wrong), .dumped(dumped), .file(file),
        .found(told[2]), .told(told[3])
    );
    fxcaps_tap #(
        .NAME("rounded"), .FILE("tap_rounded.hex"), .PER(DIM), .BEATS(OUT_OUT_DEPTH)
    ) tap_rounded (
        .clk(clk), .beat(m_index), .value(rounded), .wrong(wrong), .dumped(dumped), .file(file),
        .found(told[3]), .told(told[4])
    );
    squash #(
        .DIM(DIM), .IN_WIDTH(IN_X_WIDTH), .IN_FRAC(IN_X_FRAC), .IN_SIGNED(IN_X_SIGNED),
        .OUT_WIDTH(OUT_OUT_WIDTH), .OUT_FRAC(OUT_OUT_FRAC), .OUT_SIGNED(OUT_OUT_SIGNED),
        .GUARD(FXCAPS_PARAMS_GUARD), .ACC_WIDTH(FXCAPS_PARAMS_ACCUMULATOR_WIDTH),
        .ACC_SIGNED(FXCAPS_PARAMS_ACCUMULATOR_SIGNED),
        .ACC_OVERFLOW(FXCAPS_PARAMS_ACCUMULATOR_OVERFLOW),
        .ROUNDING(FXCAPS_PARAMS_ROUNDING), .OVERFLOW(FXCAPS_PARAMS_OVERFLOW)
    ) device (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data), .profile_id(profile_id),
        .tap_register(total), .tap_n(n), .tap_divisor(divisor), .tap_root(root),
        .tap_rounded(rounded)
    );
endmodule
