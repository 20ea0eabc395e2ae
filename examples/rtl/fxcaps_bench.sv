`timescale 1ns / 1ps
// A self-checking bench for a device with valid and ready on both sides.
//
// Every case goes through four times, one case behind the other without a reset: at full rate,
// with seeded bubbles in what is offered, with back-pressure, and with both. A reset in the middle
// of a transaction comes first. What is offered without valid is X. Compared with !==; X on valid,
// on ready or on data that is valid fails, and so do data that change while they wait, a beat too
// many, and silence.
//
// The last line is FXCAPS PASS n/n DIGEST, or FXCAPS FAIL and $fatal(1). With +dump=FILE nothing
// is compared and nothing expected is read: output words and taps are written instead.
module fxcaps_bench #(
    parameter integer IN_BITS = 8,
    parameter integer IN_BEATS = 1,   // of all cases
    parameter integer OUT_WIDTH = 8,
    parameter integer OUT_LANES = 1,
    parameter integer OUT_BEATS = 1,  // of all cases
    parameter integer CASES = 1,
    parameter [31:0] PROFILE_ID = 0,
    parameter [511:0] DIGEST = 0,
    parameter integer SEED = 1,
    parameter integer SILENCE = 20000,  // cycles without a transfer that end it
    parameter integer DRAIN = 500       // cycles in which nothing more may come
) (
    output reg clk,
    output reg reset,
    output reg s_valid,
    input wire s_ready,
    output reg [IN_BITS-1:0] s_data,
    output reg [31:0] s_index,          // the beat that `stimulus` shows
    input wire [IN_BITS-1:0] stimulus,
    input wire m_valid,
    output reg m_ready,
    input wire [OUT_LANES*OUT_WIDTH-1:0] m_data,
    output reg [31:0] m_index,          // the beat that `expected` and `keep` show
    input wire [OUT_LANES*OUT_WIDTH-1:0] expected,
    input wire [OUT_LANES-1:0] keep,
    input wire [31:0] profile_id,
    output wire wrong,                  // the beat that is taken now has a wrong word
    output wire dumped,
    output reg [31:0] file
);
    localparam integer PER_CASE = OUT_BEATS / CASES;
    reg checking, offering, dumping, held;
    reg [1:0] mode;  // bit 0: bubbles, bit 1: back-pressure
    reg [OUT_LANES*OUT_WIDTH-1:0] waiting;
    reg [OUT_LANES-1:0] bad;
    reg [8*256-1:0] name;
    integer seed, silence, lane, accepted, run, extra;

    always @(*) begin
        bad = 0;
        for (lane = 0; lane < OUT_LANES; lane = lane + 1)
            if (keep[lane] !== 1'b0 &&
                m_data[lane*OUT_WIDTH+:OUT_WIDTH] !== expected[lane*OUT_WIDTH+:OUT_WIDTH])
                bad[lane] = 1'b1;
    end
    wire taken = checking && m_valid === 1'b1 && m_ready;
    assign wrong = taken && !dumping && bad != 0;
    assign dumped = taken && dumping;

    task fail(input [8*64-1:0] what);
        begin
            $display("FXCAPS FAIL mode %0d cycle %0t: %0s", mode, $time, what);
            $fatal(1);
        end
    endtask

    task show;
        for (lane = OUT_LANES - 1; lane >= 0; lane = lane - 1)
            if (bad[lane])
                $display("FXCAPS WORD mode %0d case %0d beat %0d lane %0d: expected %h found %h",
                         mode, m_index / PER_CASE, m_index, lane,
                         expected[lane*OUT_WIDTH+:OUT_WIDTH], m_data[lane*OUT_WIDTH+:OUT_WIDTH]);
    endtask

    always #5 clk = !clk;

    // What is offered. A beat stays until it is taken.
    always @(posedge clk) begin
        if (reset || !offering) begin
            s_valid <= 1'b0;
            s_data <= {IN_BITS{1'bx}};
            s_index <= 0;
            accepted <= 0;
        end else begin
            if (s_valid && s_ready) accepted <= accepted + 1;
            if (!s_valid || s_ready) begin
                if (s_index < IN_BEATS && !(mode[0] && $random(seed) % 3 == 0)) begin
                    s_valid <= 1'b1;
                    s_data <= stimulus;
                    s_index <= s_index + 1;
                end else begin
                    s_valid <= 1'b0;
                    s_data <= {IN_BITS{1'bx}};
                end
            end
        end
        m_ready <= mode[1] ? $random(seed) % 3 == 0 : 1'b1;
    end

    // What comes out.
    always @(posedge clk) begin
        if (reset) begin
            held <= 1'b0;
            silence <= 0;
            m_index <= 0;
        end else if (checking) begin
            if (m_valid !== 1'b0 && m_valid !== 1'b1) fail("valid is X");
            if (s_ready !== 1'b0 && s_ready !== 1'b1) fail("ready is X");
            if (held && m_valid !== 1'b1) fail("valid fell before the beat was taken");
            if (held && m_data !== waiting) fail("data changed before they were taken");
            held <= m_valid && !m_ready;
            waiting <= m_data;
            silence <= taken || (s_valid && s_ready) ? 0 : silence + 1;
            if (silence > SILENCE) fail("watchdog: nothing moves");
            if (taken) begin
                if (m_index >= OUT_BEATS) fail("a beat too many");
                if (dumping) $fwrite(file, "out %0d %h\n", m_index, m_data);
                if (wrong) begin
                    show;
                    #1 fail("a word is wrong");  // taps of this beat are told before
                end
                m_index <= m_index + 1;
            end
        end
    end

    task restart;
        begin
            offering = 0;
            reset = 1;
            repeat (3) @(negedge clk);
            reset = 0;
        end
    endtask

    initial begin
        {clk, reset, offering, checking} = 4'b0100;
        {mode, held, file, dumping} = 0;
        seed = SEED;
        s_valid = 0;
        m_ready = 0;
        s_index = 0;
        m_index = 0;
        if ($value$plusargs("dump=%s", name)) begin
            dumping = 1;
            file = $fopen(name, "w");
        end
        repeat (3) @(negedge clk);
        if (profile_id !== PROFILE_ID) begin
            $display("FXCAPS PROFILE device %h pack %h", profile_id, PROFILE_ID);
            $fatal(1);
        end
        // A reset in mid-transaction: what was taken before it must never come out.
        restart;
        offering = 1;
        mode = 2'b10;
        run = 0;
        while (accepted < (IN_BEATS > 3 ? 3 : 1) && run < SILENCE) @(negedge clk) run = run + 1;
        if (run == SILENCE) fail("watchdog: no beat is taken");
        restart;
        checking = 1;
        for (extra = 0; extra < DRAIN; extra = extra + 1) begin
            if (m_valid !== 1'b0) fail("output after a reset without input");
            @(negedge clk);
        end
        for (run = 0; run < 4; run = run + 1) begin
            mode = run;
            if (dumping) $fwrite(file, "mode %0d\n", run);
            offering = 1;
            wait (m_index == OUT_BEATS);
            @(negedge clk) mode = 0;
            if (s_index < IN_BEATS || s_valid) fail("all came out before all went in");
            for (extra = 0; extra < DRAIN; extra = extra + 1) begin
                if (m_valid !== 1'b0) fail("a beat too many");
                @(negedge clk);
            end
            offering = 0;
            @(negedge clk) m_index = 0;
        end
        if (dumping) begin
            $fwrite(file, "end %0d\n", CASES);
            $display("FXCAPS DUMP %0d", CASES);
        end else $display("FXCAPS PASS %0d/%0d %0s", CASES, CASES, DIGEST);
        $finish;
    end
endmodule
