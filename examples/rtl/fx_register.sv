`timescale 1ns / 1ps
// accumulators.md, ACC-3 and ACC-5: the register of a sum, handled for overflow at every addition.
// With check = exact the width holds every sum, and nothing ever changes.
module fx_register #(
    parameter integer ADDEND = 16,
    parameter integer WIDTH = 16,
    parameter integer SIGNED = 1,
    parameter OVERFLOW = "saturate"
) (
    input wire [WIDTH-1:0] held,
    input wire signed [ADDEND-1:0] addend,
    output wire [WIDTH-1:0] next
);
    localparam integer WIDE = (WIDTH > ADDEND ? WIDTH : ADDEND) + 2;
    wire top = SIGNED ? held[WIDTH-1] : 1'b0;
    wire signed [WIDE-1:0] left = {{(WIDE - WIDTH) {top}}, held};
    wire signed [WIDE-1:0] right = {{(WIDE - ADDEND) {addend[ADDEND-1]}}, addend};
    fx_fit #(
        .WIDTH(WIDE),
        .OUT_WIDTH(WIDTH),
        .OUT_SIGNED(SIGNED),
        .OVERFLOW(OVERFLOW)
    ) fit (
        .rounded(left + right),
        .word(next)
    );
endmodule
