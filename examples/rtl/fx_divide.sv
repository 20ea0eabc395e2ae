`timescale 1ns / 1ps
// A quotient by restoring division, one bit a cycle: floor and rest of unsigned numbers.
module fx_divide #(
    parameter integer WIDTH = 16,   // of the numerator and the quotient
    parameter integer DIVISOR = 8
) (
    input wire clk,
    input wire reset,
    input wire start,
    input wire [WIDTH-1:0] numerator,
    input wire [DIVISOR-1:0] divisor,
    output reg done,  // for one cycle
    output reg [WIDTH-1:0] quotient,
    output reg [DIVISOR-1:0] rest
);
    reg busy;
    reg [31:0] left;
    wire [DIVISOR:0] next = {rest, quotient[WIDTH-1]};
    wire fits = next >= {1'b0, divisor};
    wire [DIVISOR:0] less = next - {1'b0, divisor};
    always @(posedge clk) begin
        done <= 1'b0;
        if (reset) begin
            busy <= 1'b0;
        end else if (!busy && start) begin
            busy <= 1'b1;
            left <= WIDTH;
            quotient <= numerator;  // its bits leave at the top while those of the result enter
            rest <= 0;
        end else if (busy) begin
            rest <= fits ? less[DIVISOR-1:0] : next[DIVISOR-1:0];
            quotient <= {quotient[WIDTH-2:0], fits};
            left <= left - 1;
            if (left == 1) begin
                busy <= 1'b0;
                done <= 1'b1;
            end
        end
    end
endmodule
