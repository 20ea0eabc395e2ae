`timescale 1ns / 1ps
// isqrt.md: one word at a time. A negative word has no root, and this device no way to say so.
module isqrt #(
    parameter integer IN_WIDTH = 16,
    parameter integer IN_FRAC = 8,
    parameter integer IN_SIGNED = 0,
    parameter integer OUT_WIDTH = 12,
    parameter integer OUT_FRAC = 8,
    parameter integer OUT_SIGNED = 0,
    parameter OVERFLOW = "saturate"
) (
    input wire clk,
    input wire reset,
    input wire s_valid,
    output wire s_ready,
    input wire [IN_WIDTH-1:0] s_data,
    output reg m_valid,
    input wire m_ready,
    output wire [OUT_WIDTH-1:0] m_data,
    output wire [31:0] profile_id,
    output wire [63:0] tap_root
);
    `include "profile.svh"
    assign profile_id = FXCAPS_PROFILE_ID;
    // SR-3: w * 2**K, its bits below the point dropped before the root.
    localparam integer K = 2 * OUT_FRAC - IN_FRAC;
    localparam integer UP = K > 0 ? K : 0;
    localparam integer DOWN = K < 0 ? -K : 0;
    localparam integer WIDTH = IN_WIDTH + UP;
    localparam integer ROOT = (WIDTH + 1) / 2;
    reg busy;
    wire accept = s_valid && s_ready;
    wire [WIDTH-1:0] given = s_data;
    wire [ROOT-1:0] root;
    wire done;
    assign s_ready = !busy && !m_valid;
    fx_root #(
        .WIDTH(WIDTH)
    ) unit (
        .clk(clk),
        .reset(reset),
        .start(accept),
        .radicand((given << UP) >> DOWN),
        .done(done),
        .root(root)
    );
    fx_fit #(
        .WIDTH(ROOT + 1),
        .OUT_WIDTH(OUT_WIDTH),
        .OUT_SIGNED(OUT_SIGNED),
        .OVERFLOW(OVERFLOW)
    ) fit (
        .rounded({1'b0, root}),
        .word(m_data)
    );
    assign tap_root = root;
    always @(posedge clk) begin
        if (reset) begin
            busy <= 1'b0;
            m_valid <= 1'b0;
        end else begin
            if (accept) busy <= 1'b1;
            if (done) begin
                busy <= 1'b0;
                m_valid <= 1'b1;
            end
            if (m_valid && m_ready) m_valid <= 1'b0;
        end
    end
endmodule
