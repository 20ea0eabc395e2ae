`timescale 1ns / 1ps
// Words of a pack: read by $readmemh, and proved to be there. Every word is X before, none may
// be X after, and the file has not one line more.
module fxcaps_memory #(
    parameter FILE = "in_x.hex",
    parameter integer BITS = 8,
    parameter integer DEPTH = 1,
    parameter integer EXPECTED = 0,  // 1: not there, and not looked for, with +dump
    parameter integer OPTIONAL = 0   // 1: may be missing; `absent` tells
) (
    input wire [31:0] index,
    output wire [BITS-1:0] word
);
    reg absent;
    reg [BITS-1:0] words[0:DEPTH-1];
    reg [BITS+63:0] line;
    integer k, file;
    assign word = words[index];
    initial begin
        for (k = 0; k < DEPTH; k = k + 1) words[k] = {BITS{1'bx}};
        absent = EXPECTED && $test$plusargs("dump");
        file = absent ? 0 : $fopen(FILE, "r");
        if (file == 0 && !absent) begin
            absent = 1'b1;
            if (!OPTIONAL) begin
                $display("FXCAPS FAIL %0s cannot be read", FILE);
                $fatal(1);
            end
        end
        if (!absent) begin
            k = 0;
            while ($fscanf(file, "%h", line) == 1) begin
                k = k + 1;
                if ((|line[BITS+:64]) === 1'b1) begin
                    $display("FXCAPS FAIL %0s: line %0d has more than %0d bits", FILE, k, BITS);
                    $fatal(1);
                end
            end
            $fclose(file);
            if (k != DEPTH) begin
                $display("FXCAPS FAIL %0s: %0d words, expected %0d", FILE, k, DEPTH);
                $fatal(1);
            end
            $readmemh(FILE, words);
            for (k = 0; k < DEPTH; k = k + 1)
                if ((^words[k]) === 1'bx) begin
                    $display("FXCAPS FAIL %0s: word %0d was not loaded", FILE, k);
                    $fatal(1);
                end
        end
    end
endmodule
