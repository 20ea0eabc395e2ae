`timescale 1ns / 1ps
// numbers.md, NUM-4 and NUM-5: a floor and what was left of it, to an integer.
//
// The exact value lies at floor_ when `inexact` is 0; otherwise above it, below the half when
// neither `tie` nor `above` is 1. floor_ + 1 has to fit the width.
module fx_round #(
    parameter integer WIDTH = 8,
    parameter ROUNDING = "ties_to_pos_inf"
) (
    input wire signed [WIDTH-1:0] floor_,
    input wire inexact,
    input wire tie,
    input wire above,
    output wire signed [WIDTH-1:0] rounded
);
    wire negative = floor_[WIDTH-1];
    wire odd = floor_[0];
    wire up;
    generate
        if (ROUNDING == "floor") assign up = 1'b0;
        else if (ROUNDING == "ceil") assign up = 1'b1;
        else if (ROUNDING == "toward_zero") assign up = negative;
        else if (ROUNDING == "away_from_zero") assign up = !negative;
        else if (ROUNDING == "ties_to_pos_inf") assign up = above || tie;
        else if (ROUNDING == "ties_to_neg_inf") assign up = above;
        else if (ROUNDING == "ties_away") assign up = above || (tie && !negative);
        else if (ROUNDING == "ties_to_zero") assign up = above || (tie && negative);
        else if (ROUNDING == "ties_to_even") assign up = above || (tie && odd);
        else if (ROUNDING == "ties_to_odd") assign up = above || (tie && !odd);
        else if (ROUNDING == "jam") assign up = !odd;
        else fx_unknown_rounding stop ();
    endgenerate
    assign rounded = floor_ + $signed({{(WIDTH - 1) {1'b0}}, inexact && up});
endmodule
