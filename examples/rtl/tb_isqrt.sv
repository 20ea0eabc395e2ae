// A pack of `fxcaps vectors export isqrt --to readmemh` against isqrt.sv.
`timescale 1ns / 1ps
module tb_isqrt;
    `include "pack.svh"
    wire clk, reset, s_valid, s_ready, m_valid, m_ready, wrong, dumped;
    wire [IN_X_WIDTH-1:0] s_data, stimulus;
    wire [OUT_OUT_WIDTH-1:0] m_data, expected;
    wire [31:0] s_index, m_index, profile_id, file;
    wire [63:0] root;
    wire told;
    fxcaps_memory #(
        .FILE("in_x.hex"), .BITS(IN_X_WIDTH), .DEPTH(IN_X_DEPTH)
    ) in_x (.index(s_index), .word(stimulus));
    fxcaps_memory #(
        .FILE("out_out.hex"), .BITS(OUT_OUT_WIDTH), .DEPTH(OUT_OUT_DEPTH), .EXPECTED(1)
    ) out_out (.index(m_index), .word(expected));
    fxcaps_bench #(
        .IN_BITS(IN_X_WIDTH), .IN_BEATS(IN_X_DEPTH), .OUT_WIDTH(OUT_OUT_WIDTH),
        .OUT_BEATS(OUT_OUT_DEPTH), .CASES(CASES),
        .PROFILE_ID(FXCAPS_PROFILE_ID), .DIGEST(FXCAPS_SET_DIGEST)
    ) bench (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .s_index(s_index), .stimulus(stimulus), .m_valid(m_valid), .m_ready(m_ready),
        .m_data(m_data), .m_index(m_index), .expected(expected), .keep(1'b1),
        .profile_id(profile_id), .wrong(wrong), .dumped(dumped), .file(file)
    );
    fxcaps_tap #(
        .NAME("root"), .FILE("tap_root.hex"), .BEATS(OUT_OUT_DEPTH)
    ) tap_root (
        .clk(clk), .beat(m_index), .value(root), .wrong(wrong), .dumped(dumped), .file(file),
        .found(1'b0), .told(told)
    );
    isqrt #(
        .IN_WIDTH(IN_X_WIDTH), .IN_FRAC(IN_X_FRAC), .IN_SIGNED(IN_X_SIGNED),
        .OUT_WIDTH(OUT_OUT_WIDTH), .OUT_FRAC(OUT_OUT_FRAC), .OUT_SIGNED(OUT_OUT_SIGNED),
        .OVERFLOW(FXCAPS_PARAMS_OVERFLOW)
    ) device (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data), .profile_id(profile_id),
        .tap_root(root)
    );
endmodule
