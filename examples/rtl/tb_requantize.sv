// A pack of `fxcaps vectors export requantize --to readmemh --lanes N` against requantize.sv.
`timescale 1ns / 1ps
module tb_requantize;
    `include "pack.svh"
    localparam integer LANES = IN_X_LANES;
    wire clk, reset, s_valid, s_ready, m_valid, m_ready, wrong, dumped;
    wire [LANES*IN_X_WIDTH-1:0] s_data, stimulus;
    wire [LANES*OUT_OUT_WIDTH-1:0] m_data, expected;
    wire [LANES-1:0] keep;
    wire [31:0] s_index, m_index, profile_id, file;
    wire [LANES*64-1:0] rounded;
    wire told;
    fxcaps_memory #(
        .FILE("in_x.hex"), .BITS(LANES * IN_X_WIDTH), .DEPTH(IN_X_DEPTH)
    ) in_x (.index(s_index), .word(stimulus));
    fxcaps_memory #(
        .FILE("out_out.hex"), .BITS(LANES * OUT_OUT_WIDTH), .DEPTH(OUT_OUT_DEPTH), .EXPECTED(1)
    ) out_out (.index(m_index), .word(expected));
    generate
        if (LANES > 1) begin : g_keep
            fxcaps_memory #(
                .FILE("out_out.keep.hex"), .BITS(LANES), .DEPTH(OUT_OUT_DEPTH), .EXPECTED(1)
            ) out_keep (.index(m_index), .word(keep));
        end else begin : g_all
            assign keep = 1'b1;
        end
    endgenerate
    fxcaps_bench #(
        .IN_BITS(LANES * IN_X_WIDTH), .IN_BEATS(IN_X_DEPTH), .OUT_WIDTH(OUT_OUT_WIDTH),
        .OUT_LANES(LANES), .OUT_BEATS(OUT_OUT_DEPTH), .CASES(CASES),
        .PROFILE_ID(FXCAPS_PROFILE_ID), .DIGEST(FXCAPS_SET_DIGEST)
    ) bench (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .s_index(s_index), .stimulus(stimulus), .m_valid(m_valid), .m_ready(m_ready),
        .m_data(m_data), .m_index(m_index), .expected(expected), .keep(keep),
        .profile_id(profile_id), .wrong(wrong), .dumped(dumped), .file(file)
    );
    generate
        if (IN_X_WORDS % LANES == 0) begin : g_tap
            fxcaps_tap #(
                .NAME("rounded"), .FILE("tap_rounded.hex"), .PER(LANES), .BEATS(OUT_OUT_DEPTH)
            ) tap_rounded (
                .clk(clk), .beat(m_index), .value(rounded), .wrong(wrong), .dumped(dumped),
                .file(file), .found(1'b0), .told(told)
            );
        end
    endgenerate
    requantize #(
        .LANES(LANES), .IN_WIDTH(IN_X_WIDTH), .IN_FRAC(IN_X_FRAC), .IN_SIGNED(IN_X_SIGNED),
        .OUT_WIDTH(OUT_OUT_WIDTH), .OUT_FRAC(OUT_OUT_FRAC), .OUT_SIGNED(OUT_OUT_SIGNED),
        .ROUNDING(FXCAPS_PARAMS_ROUNDING), .OVERFLOW(FXCAPS_PARAMS_OVERFLOW)
    ) device (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data), .profile_id(profile_id),
        .tap_rounded(rounded)
    );
endmodule
