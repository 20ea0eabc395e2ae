`timescale 1ns / 1ps
// squash.md, algorithm isqrt_divide: a vector of DIM components a beat; one multiplier for the
// squares, one digit-by-digit root, one divider, so that a vector takes
// DIM + root bits + DIM * quotient bits cycles.
module squash #(
    parameter integer DIM = 4,
    parameter integer IN_WIDTH = 8,
    parameter integer IN_FRAC = 5,
    parameter integer IN_SIGNED = 1,
    parameter integer OUT_WIDTH = 8,
    parameter integer OUT_FRAC = 7,
    parameter integer OUT_SIGNED = 1,
    parameter integer GUARD = 5,
    parameter integer ACC_WIDTH = 18,
    parameter integer ACC_SIGNED = 1,
    parameter ACC_OVERFLOW = "saturate",
    parameter ROUNDING = "ties_to_pos_inf",
    parameter OVERFLOW = "saturate"
) (
    input wire clk,
    input wire reset,
    input wire s_valid,
    output wire s_ready,
    input wire [DIM*IN_WIDTH-1:0] s_data,
    output reg m_valid,
    input wire m_ready,
    output reg [DIM*OUT_WIDTH-1:0] m_data,
    output wire [31:0] profile_id,
    output wire [63:0] tap_register,
    output wire [63:0] tap_n,
    output wire [63:0] tap_divisor,
    output wire [63:0] tap_root,
    output reg [DIM*64-1:0] tap_rounded
);
    `include "profile.svh"
    assign profile_id = FXCAPS_PROFILE_ID;
    // SQ-2: F fraction bits, never negative.
    localparam integer F = IN_FRAC > 0 ? IN_FRAC : 0;
    localparam integer SCALE = IN_FRAC < 0 ? -IN_FRAC : 0;
    localparam integer S_WIDTH = IN_WIDTH + SCALE + 1;
    localparam integer N_WIDTH = ACC_WIDTH;
    localparam integer ROOT = (N_WIDTH + 2 * GUARD + 1) / 2;
    // SQ-4: the quotient's numerator or its divisor is shifted, whichever needs it.
    localparam integer UP = OUT_FRAC > GUARD ? OUT_FRAC - GUARD : 0;
    localparam integer DOWN = GUARD > OUT_FRAC ? GUARD - OUT_FRAC : 0;
    localparam integer D_WIDTH = (2 * F + 1 > N_WIDTH ? 2 * F + 1 : N_WIDTH) + 1;
    localparam integer DIVISOR = D_WIDTH + DOWN;
    localparam integer NUMERATOR = S_WIDTH + ROOT + UP;

    localparam [2:0] IDLE = 0, SQUARES = 1, ROOTING = 2, DIVIDING = 3, GIVEN = 4;
    reg [2:0] state;
    reg [31:0] k;
    reg [DIM*IN_WIDTH-1:0] vector;
    reg [ACC_WIDTH-1:0] held;
    reg start_root, start_divide;

    wire [IN_WIDTH-1:0] bits = vector[IN_WIDTH-1:0];  // component k, see below
    wire signed [S_WIDTH-1:0] s =
        {{(S_WIDTH - IN_WIDTH) {IN_SIGNED ? bits[IN_WIDTH-1] : 1'b0}}, bits} <<< SCALE;
    wire signed [2*S_WIDTH-1:0] square = s * s;
    wire [ACC_WIDTH-1:0] next;
    fx_register #(
        .ADDEND(2 * S_WIDTH),
        .WIDTH(ACC_WIDTH),
        .SIGNED(ACC_SIGNED),
        .OVERFLOW(ACC_OVERFLOW)
    ) sum (
        .held(held),
        .addend(square),
        .next(next)
    );

    // SQ-6: a register that wrapped below zero counts as 0.
    wire negative = ACC_SIGNED ? held[ACC_WIDTH-1] : 1'b0;
    wire [N_WIDTH-1:0] n = negative ? {N_WIDTH{1'b0}} : held;
    wire [D_WIDTH-1:0] divisor = n + ({{(D_WIDTH - 1) {1'b0}}, 1'b1} << (2 * F));
    wire [N_WIDTH+2*GUARD-1:0] radicand = n;
    wire [ROOT-1:0] root;
    wire root_done;
    fx_root #(
        .WIDTH(N_WIDTH + 2 * GUARD)
    ) rooter (
        .clk(clk),
        .reset(reset),
        .start(start_root),
        .radicand(radicand << (2 * GUARD)),
        .done(root_done),
        .root(root)
    );

    wire minus = s[S_WIDTH-1];
    wire [S_WIDTH-1:0] magnitude = minus ? -s : s;
    wire [NUMERATOR-1:0] product = magnitude * root;
    wire [DIVISOR-1:0] whole = divisor;
    wire [NUMERATOR-1:0] quotient;
    wire [DIVISOR-1:0] rest;
    wire divide_done;
    fx_divide #(
        .WIDTH(NUMERATOR),
        .DIVISOR(DIVISOR)
    ) divider (
        .clk(clk),
        .reset(reset),
        .start(start_divide),
        .numerator(product << UP),
        .divisor(whole << DOWN),
        .done(divide_done),
        .quotient(quotient),
        .rest(rest)
    );

    // The floor of the signed quotient and its rest: those of the magnitude, mirrored when minus.
    wire inexact = rest != 0;
    wire signed [NUMERATOR+1:0] positive = {2'b00, quotient};
    wire signed [NUMERATOR+1:0] mirrored = -positive - $signed({{NUMERATOR + 1{1'b0}}, inexact});
    wire signed [NUMERATOR+1:0] floor_ = minus ? mirrored : positive;
    wire [DIVISOR:0] twice = {rest, 1'b0};
    wire tie = twice == {1'b0, whole << DOWN};
    wire beyond = twice > {1'b0, whole << DOWN};
    wire above = inexact && !tie && (minus ? !beyond : beyond);
    wire signed [NUMERATOR+1:0] rounded;
    wire [OUT_WIDTH-1:0] word;
    fx_round #(
        .WIDTH(NUMERATOR + 2),
        .ROUNDING(ROUNDING)
    ) round (
        .floor_(floor_),
        .inexact(inexact),
        .tie(tie),
        .above(above),
        .rounded(rounded)
    );
    fx_fit #(
        .WIDTH(NUMERATOR + 2),
        .OUT_WIDTH(OUT_WIDTH),
        .OUT_SIGNED(OUT_SIGNED),
        .OVERFLOW(OVERFLOW)
    ) fit (
        .rounded(rounded),
        .word(word)
    );
    wire signed [63:0] told = rounded;
    wire signed [ACC_WIDTH:0] total = {negative, held};
    assign tap_register = {{63 - ACC_WIDTH{total[ACC_WIDTH]}}, total};
    assign tap_n = n;
    assign tap_divisor = divisor;
    assign tap_root = root;

    assign s_ready = state == IDLE;
    always @(posedge clk) begin
        start_root <= 1'b0;
        start_divide <= 1'b0;
        if (reset) begin
            state <= IDLE;
            m_valid <= 1'b0;
        end else
            case (state)
                IDLE:
                if (s_valid) begin
                    state <= SQUARES;
                    vector <= s_data;
                    held <= 0;
                    k <= 0;
                end
                SQUARES: begin  // components pass by at the low end and come round again
                    held <= next;
                    vector <= {bits, vector} >> IN_WIDTH;
                    k <= k + 1;
                    if (k == DIM - 1) begin
                        state <= ROOTING;
                        start_root <= 1'b1;
                        k <= 0;
                    end
                end
                ROOTING:
                if (root_done) begin
                    state <= DIVIDING;
                    start_divide <= 1'b1;
                end
                DIVIDING:
                if (divide_done) begin
                    m_data <= {word, m_data} >> OUT_WIDTH;
                    tap_rounded <= {told, tap_rounded} >> 64;
                    vector <= {bits, vector} >> IN_WIDTH;
                    k <= k + 1;
                    if (k == DIM - 1) begin
                        state <= GIVEN;
                        m_valid <= 1'b1;
                    end else start_divide <= 1'b1;
                end
                default:
                if (m_ready) begin
                    state <= IDLE;
                    m_valid <= 1'b0;
                end
            endcase
    end
endmodule
