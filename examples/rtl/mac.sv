`timescale 1ns / 1ps
// agreement.md for one input capsule: LENGTH products of two streams in one register that handles
// overflow at every step, narrowed to a word. A product a cycle, full rate.
module mac #(
    parameter integer LENGTH = 6,
    parameter integer A_WIDTH = 8,
    parameter integer A_FRAC = 4,
    parameter integer A_SIGNED = 1,
    parameter integer B_WIDTH = 8,
    parameter integer B_FRAC = 5,
    parameter integer B_SIGNED = 1,
    parameter integer ACC_WIDTH = 16,
    parameter integer ACC_SIGNED = 1,
    parameter ACC_OVERFLOW = "saturate",
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
    input wire [A_WIDTH+B_WIDTH-1:0] s_data,  // b in the high bits
    output reg m_valid,
    input wire m_ready,
    output reg [OUT_WIDTH-1:0] m_data,
    output wire [31:0] profile_id,
    output reg [63:0] tap_register,
    output reg [63:0] tap_rounded
);
    `include "profile.svh"
    assign profile_id = FXCAPS_PROFILE_ID;
    wire [A_WIDTH-1:0] a_bits = s_data[A_WIDTH-1:0];
    wire [B_WIDTH-1:0] b_bits = s_data[A_WIDTH+B_WIDTH-1:A_WIDTH];
    wire signed [A_WIDTH:0] a = {A_SIGNED ? a_bits[A_WIDTH-1] : 1'b0, a_bits};
    wire signed [B_WIDTH:0] b = {B_SIGNED ? b_bits[B_WIDTH-1] : 1'b0, b_bits};
    wire signed [A_WIDTH+B_WIDTH+1:0] product = a * b;
    reg [31:0] position;
    reg [ACC_WIDTH-1:0] held;
    wire [ACC_WIDTH-1:0] next;
    wire last = position == LENGTH - 1;
    wire accept = s_valid && s_ready;
    fx_register #(
        .ADDEND(A_WIDTH + B_WIDTH + 2),
        .WIDTH(ACC_WIDTH),
        .SIGNED(ACC_SIGNED),
        .OVERFLOW(ACC_OVERFLOW)
    ) sum (
        .held(held),
        .addend(product),
        .next(next)
    );
    localparam integer FRAC = A_FRAC + B_FRAC;
    wire signed [ACC_WIDTH:0] total = {ACC_SIGNED ? next[ACC_WIDTH-1] : 1'b0, next};
    localparam integer BITS = ACC_WIDTH + 2 + (OUT_FRAC > FRAC ? OUT_FRAC - FRAC : 0);
    wire signed [BITS-1:0] rounded;
    wire [OUT_WIDTH-1:0] word;
    fx_narrow #(
        .WIDTH(ACC_WIDTH + 1),
        .FRAC(FRAC),
        .OUT_WIDTH(OUT_WIDTH),
        .OUT_FRAC(OUT_FRAC),
        .OUT_SIGNED(OUT_SIGNED),
        .ROUNDING(ROUNDING),
        .OVERFLOW(OVERFLOW)
    ) narrow (
        .value(total),
        .rounded(rounded),
        .word(word)
    );
    assign s_ready = !last || !m_valid || m_ready;
    always @(posedge clk) begin
        if (reset) begin
            m_valid <= 1'b0;
            position <= 0;
            held <= 0;
        end else begin
            if (m_valid && m_ready) m_valid <= 1'b0;
            if (accept) begin
                position <= last ? 0 : position + 1;
                held <= last ? 0 : next;
                if (last) begin
                    m_valid <= 1'b1;
                    m_data <= word;
                    tap_register <= {{63 - ACC_WIDTH{total[ACC_WIDTH]}}, total};
                    tap_rounded <= {{64 - BITS{rounded[BITS-1]}}, rounded};
                end
            end
        end
    end
endmodule
