`timescale 1ns / 1ps
// numbers.md, NUM-6: an integer of FRAC fraction bits to a word of another format.
module fx_narrow #(
    parameter integer WIDTH = 16,  // of the signed value
    parameter integer FRAC = 8,
    parameter integer OUT_WIDTH = 8,
    parameter integer OUT_FRAC = 4,
    parameter integer OUT_SIGNED = 1,
    parameter ROUNDING = "ties_to_pos_inf",
    parameter OVERFLOW = "saturate",
    parameter integer UP = OUT_FRAC > FRAC ? OUT_FRAC - FRAC : 0,
    parameter integer ROUNDED = WIDTH + UP + 1  // bits of the rounded value, carry included
) (
    input wire signed [WIDTH-1:0] value,
    output wire signed [ROUNDED-1:0] rounded,
    output wire [OUT_WIDTH-1:0] word
);
    localparam integer DROP = FRAC > OUT_FRAC ? FRAC - OUT_FRAC : 0;
    // Sign bits above the value, so that a drop beyond its width still finds bits to drop.
    localparam integer WIDE = ROUNDED + DROP + 1;
    wire signed [WIDE-1:0] wide = {{(WIDE - WIDTH) {value[WIDTH-1]}}, value};
    wire signed [WIDE-1:0] scaled = wide <<< UP;
    wire signed [WIDE-1:0] floor_ = scaled >>> DROP;
    wire inexact, tie, above;
    generate
        if (DROP == 0) begin : g_exact
            assign {inexact, tie, above} = 3'b000;
        end else if (DROP == 1) begin : g_half
            assign {inexact, tie, above} = {scaled[0], scaled[0], 1'b0};
        end else begin : g_bits
            wire half = scaled[DROP-1];
            wire rest = |scaled[DROP-2:0];
            assign {inexact, tie, above} = {half || rest, half && !rest, half && rest};
        end
    endgenerate
    fx_round #(
        .WIDTH(ROUNDED),
        .ROUNDING(ROUNDING)
    ) round (
        .floor_(floor_[ROUNDED-1:0]),
        .inexact(inexact),
        .tie(tie),
        .above(above),
        .rounded(rounded)
    );
    fx_fit #(
        .WIDTH(ROUNDED),
        .OUT_WIDTH(OUT_WIDTH),
        .OUT_SIGNED(OUT_SIGNED),
        .OVERFLOW(OVERFLOW)
    ) fit (
        .rounded(rounded),
        .word(word)
    );
endmodule
