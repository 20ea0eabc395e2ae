`timescale 1ns / 1ps
// The floor of a square root, one digit a cycle: WIDTH bits in, (WIDTH + 1) / 2 bits out.
module fx_root #(
    parameter integer WIDTH = 16,
    parameter integer ROOT = (WIDTH + 1) / 2
) (
    input wire clk,
    input wire reset,
    input wire start,
    input wire [WIDTH-1:0] radicand,
    output reg done,  // for one cycle
    output reg [ROOT-1:0] root
);
    reg busy;
    reg [31:0] left;
    reg [2*ROOT-1:0] bits;       // of the radicand, not looked at yet
    reg [ROOT+1:0] rest;
    wire [ROOT+1:0] next = {rest[ROOT-1:0], bits[2*ROOT-1-:2]};
    wire [ROOT+1:0] trial = {root, 2'b01};
    wire fits = next >= trial;
    always @(posedge clk) begin
        done <= 1'b0;
        if (reset) begin
            busy <= 1'b0;
        end else if (!busy && start) begin
            busy <= 1'b1;
            left <= ROOT;
            bits <= radicand;
            rest <= 0;
            root <= 0;
        end else if (busy) begin
            rest <= fits ? next - trial : next;
            root <= {root[ROOT-2:0], fits};
            bits <= bits << 2;
            left <= left - 1;
            if (left == 1) begin
                busy <= 1'b0;
                done <= 1'b1;
            end
        end
    end
endmodule
