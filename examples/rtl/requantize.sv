`timescale 1ns / 1ps
// requantize.md: LANES words a beat, one register, full rate.
module requantize #(
    parameter integer LANES = 1,
    parameter integer IN_WIDTH = 16,
    parameter integer IN_FRAC = 8,
    parameter integer IN_SIGNED = 1,
    parameter integer OUT_WIDTH = 8,
    parameter integer OUT_FRAC = 4,
    parameter integer OUT_SIGNED = 1,
    parameter ROUNDING = "ties_to_pos_inf",
    parameter OVERFLOW = "saturate"
) (
    input wire clk,
    input wire reset,
    input wire s_valid,
    output wire s_ready,
    input wire [LANES*IN_WIDTH-1:0] s_data,
    output reg m_valid,
    input wire m_ready,
    output reg [LANES*OUT_WIDTH-1:0] m_data,
    output wire [31:0] profile_id,
    output reg [LANES*64-1:0] tap_rounded
);
    `include "profile.svh"
    assign profile_id = FXCAPS_PROFILE_ID;
    wire [LANES*OUT_WIDTH-1:0] words;
    wire [LANES*64-1:0] taps;
    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : g_lane
            wire [IN_WIDTH-1:0] given = s_data[lane*IN_WIDTH+:IN_WIDTH];
            wire signed [IN_WIDTH:0] value = {IN_SIGNED ? given[IN_WIDTH-1] : 1'b0, given};
            localparam integer BITS = IN_WIDTH + 2 + (OUT_FRAC > IN_FRAC ? OUT_FRAC - IN_FRAC : 0);
            wire signed [BITS-1:0] rounded;
            fx_narrow #(
                .WIDTH(IN_WIDTH + 1),
                .FRAC(IN_FRAC),
                .OUT_WIDTH(OUT_WIDTH),
                .OUT_FRAC(OUT_FRAC),
                .OUT_SIGNED(OUT_SIGNED),
                .ROUNDING(ROUNDING),
                .OVERFLOW(OVERFLOW)
            ) narrow (
                .value(value),
                .rounded(rounded),
                .word(words[lane*OUT_WIDTH+:OUT_WIDTH])
            );
            wire signed [63:0] tap = rounded;
            assign taps[lane*64+:64] = tap;
        end
    endgenerate
    assign s_ready = !m_valid || m_ready;
    always @(posedge clk) begin
        if (reset) begin
            m_valid <= 1'b0;
        end else if (s_ready) begin
            m_valid <= s_valid;
            if (s_valid) begin
                m_data <= words;
                tap_rounded <= taps;
            end
        end
    end
endmodule
