`timescale 1ns / 1ps
// numbers.md, NUM-7: a rounded integer to a word. `reject` needs a channel that this has not.
module fx_fit #(
    parameter integer WIDTH = 9,
    parameter integer OUT_WIDTH = 8,
    parameter integer OUT_SIGNED = 1,
    parameter OVERFLOW = "saturate"
) (
    input wire signed [WIDTH-1:0] rounded,
    output wire [OUT_WIDTH-1:0] word
);
    // One bit more than either side needs, so that all comparisons are of one signed width.
    localparam integer WIDE = (WIDTH > OUT_WIDTH ? WIDTH : OUT_WIDTH) + 2;
    wire signed [WIDE-1:0] value = {{(WIDE - WIDTH) {rounded[WIDTH-1]}}, rounded};
    wire signed [WIDE-1:0] one = {{(WIDE - 1) {1'b0}}, 1'b1};
    wire signed [WIDE-1:0] high = (one <<< (OUT_WIDTH - OUT_SIGNED)) - one;
    wire signed [WIDE-1:0] low = OUT_SIGNED ? -high - one : {WIDE{1'b0}};
    wire above = value > high;
    wire below = value < low;
    generate
        if (OVERFLOW == "saturate") begin : g_saturate
            wire signed [WIDE-1:0] kept = above ? high : below ? low : value;
            assign word = kept[OUT_WIDTH-1:0];
        end else if (OVERFLOW == "wrap") begin : g_wrap
            assign word = value[OUT_WIDTH-1:0];
        end else if (OVERFLOW == "saturate_symmetric") begin : g_symmetric
            wire signed [WIDE-1:0] least = OUT_SIGNED ? -high : low;
            wire signed [WIDE-1:0] kept = above ? high : value < least ? least : value;
            assign word = kept[OUT_WIDTH-1:0];
        end else if (OVERFLOW == "saturate_to_zero") begin : g_to_zero
            assign word = above || below ? {OUT_WIDTH{1'b0}} : value[OUT_WIDTH-1:0];
        end else begin : g_unknown
            fx_unknown_overflow stop ();
        end
    endgenerate
endmodule
