`timescale 1ns / 1ps
// An intermediate beside the output beats: PER values of 64 bits a beat, told when a word is wrong.
module fxcaps_tap #(
    parameter NAME = "root",
    parameter FILE = "tap_root.hex",
    parameter integer PER = 1,
    parameter integer BEATS = 1
) (
    input wire clk,
    input wire [31:0] beat,
    input wire [PER*64-1:0] value,
    input wire wrong,      // an output word of this beat is
    input wire dumped,     // this beat is written to `file`
    input wire [31:0] file,
    input wire found,      // a tap before this one is wrong
    output reg told        // this one or one before is
);
    wire [63:0] unused;
    reg [63:0] expected, given;
    integer k;
    fxcaps_memory #(
        .FILE(FILE),
        .BITS(64),
        .DEPTH(PER * BEATS),
        .EXPECTED(1),
        .OPTIONAL(1)
    ) memory (
        .index(beat),
        .word(unused)
    );
    // Earlier taps speak first: `found` comes through them within the same time step.
    always @(*) begin
        told = found;
        for (k = 0; k < PER; k = k + 1)
            if (!memory.absent && memory.words[beat*PER+k] !== value[64*k+:64]) told = 1'b1;
    end
    always @(posedge clk) begin
        if (dumped) begin
            $fwrite(file, "tap %0s %0d", NAME, beat);
            for (k = 0; k < PER; k = k + 1) $fwrite(file, " %h", value[64*k+:64]);
            $fwrite(file, "\n");
        end
        if (wrong && told && !found)
            for (k = PER - 1; k >= 0; k = k - 1) begin
                expected = memory.words[beat*PER+k];
                given = value[64*k+:64];
                if (expected !== given)
                    $display("FXCAPS TAP %0s beat %0d value %0d: expected %h found %h",
                             NAME, beat, k, expected, given);
            end
    end
endmodule
