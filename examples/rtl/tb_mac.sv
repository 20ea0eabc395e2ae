// A pack of `fxcaps vectors export agreement --to readmemh` of one input capsule, whose votes and
// capsules are two streams of equal length, against mac.sv.
`timescale 1ns / 1ps
module tb_mac;
    `include "pack.svh"
    localparam integer LENGTH = IN_V_WORDS / OUT_OUT_WORDS;
    localparam integer IN_BITS = IN_V_WIDTH + IN_VOTES_WIDTH;
    wire clk, reset, s_valid, s_ready, m_valid, m_ready, wrong, dumped;
    wire [IN_BITS-1:0] s_data, stimulus;
    wire [OUT_OUT_WIDTH-1:0] m_data, expected;
    wire [31:0] s_index, m_index, profile_id, file;
    wire [63:0] total, rounded;
    wire [1:0] told;
    fxcaps_memory #(
        .FILE("in_v.hex"), .BITS(IN_V_WIDTH), .DEPTH(IN_V_DEPTH)
    ) in_v (.index(s_index), .word(stimulus[IN_V_WIDTH-1:0]));
    fxcaps_memory #(
        .FILE("in_votes.hex"), .BITS(IN_VOTES_WIDTH), .DEPTH(IN_VOTES_DEPTH)
    ) in_votes (.index(s_index), .word(stimulus[IN_BITS-1:IN_V_WIDTH]));
    fxcaps_memory #(
        .FILE("out_out.hex"), .BITS(OUT_OUT_WIDTH), .DEPTH(OUT_OUT_DEPTH), .EXPECTED(1)
    ) out_out (.index(m_index), .word(expected));
    fxcaps_bench #(
        .IN_BITS(IN_BITS), .IN_BEATS(IN_V_DEPTH), .OUT_WIDTH(OUT_OUT_WIDTH),
        .OUT_BEATS(OUT_OUT_DEPTH), .CASES(CASES),
        .PROFILE_ID(FXCAPS_PROFILE_ID), .DIGEST(FXCAPS_SET_DIGEST)
    ) bench (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .s_index(s_index), .stimulus(stimulus), .m_valid(m_valid), .m_ready(m_ready),
        .m_data(m_data), .m_index(m_index), .expected(expected), .keep(1'b1),
        .profile_id(profile_id), .wrong(wrong), .dumped(dumped), .file(file)
    );
    fxcaps_tap #(
        .NAME("register"), .FILE("tap_register.hex"), .PER(1), .BEATS(OUT_OUT_DEPTH)
    ) tap_register (
        .clk(clk), .beat(m_index), .value(total), .wrong(wrong), .dumped(dumped), .file(file),
        .found(1'b0), .told(told[0])
    );
    fxcaps_tap #(
        .NAME("rounded"), .FILE("tap_rounded.hex"), .PER(1), .BEATS(OUT_OUT_DEPTH)
    ) tap_rounded (
        .clk(clk), .beat(m_index), .value(rounded), .wrong(wrong), .dumped(dumped), .file(file),
        .found(told[0]), .told(told[1])
    );
    initial
        if (IN_V_DEPTH != IN_VOTES_DEPTH) begin
            $display("FXCAPS SKIP the device takes one input capsule");
            $finish;
        end
    mac #(
        .LENGTH(LENGTH), .A_WIDTH(IN_V_WIDTH), .A_FRAC(IN_V_FRAC), .A_SIGNED(IN_V_SIGNED),
        .B_WIDTH(IN_VOTES_WIDTH), .B_FRAC(IN_VOTES_FRAC), .B_SIGNED(IN_VOTES_SIGNED),
        .ACC_WIDTH(FXCAPS_PARAMS_ACCUMULATOR_WIDTH),
        .ACC_SIGNED(FXCAPS_PARAMS_ACCUMULATOR_SIGNED),
        .ACC_OVERFLOW(FXCAPS_PARAMS_ACCUMULATOR_OVERFLOW),
        .OUT_WIDTH(OUT_OUT_WIDTH), .OUT_FRAC(OUT_OUT_FRAC), .OUT_SIGNED(OUT_OUT_SIGNED),
        .ROUNDING(FXCAPS_PARAMS_ROUNDING), .OVERFLOW(FXCAPS_PARAMS_OVERFLOW)
    ) device (
        .clk(clk), .reset(reset), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
        .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data), .profile_id(profile_id),
        .tap_register(total), .tap_rounded(rounded)
    );
endmodule
