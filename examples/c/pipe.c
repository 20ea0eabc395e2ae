/* The text pipe: `fxcaps vectors emit` on the input, replies on the output.
 *
 * Usage: dut_pipe SETUP.TXT < requests > replies
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setup.h"

#define TEXT 131072
#define WORDS 65536

const setup *dut_setup(void);

static const char *const REASONS[] = {
    "", "FORMAT_INVALID", "PARAMETER_INVALID", "MODE_REFUSED", "PORT_MISMATCH",
    "SHAPE_MISMATCH", "FORMAT_MISMATCH", "WORD_OUT_OF_RANGE", "OUTPUT_OUT_OF_RANGE",
    "ACCUMULATOR_TOO_NARROW", "ACCUMULATOR_OVERFLOW", "NEGATIVE_ROOT", "DIVISION_BY_ZERO"};

static int64_t words[WORDS];
static size_t used;
static fxcaps_tensor inputs[SETUP_PORTS], outputs[SETUP_PORTS];
static unsigned long seq;

/* Room for `count` words of 64 bits. */
static int room(fxcaps_tensor *tensor, size_t count) {
    if (count > WORDS - used) return 0;
    tensor->words.i64 = words + used;
    tensor->bytes = 8;
    tensor->capacity = count;
    tensor->count = count;
    used += count;
    return 1;
}

static void tap(void *context, const char *name, const int64_t *values, size_t count) {
    size_t k;
    (void)context;
    printf("tap %lu %s", seq, name);
    for (k = 0; k < count; k++) printf(" %" PRId64, values[k]);
    printf("\n");
}

/* `seq lengths words`, with the sequence number read already. */
static int read_request(const setup *given) {
    size_t k, n, count[SETUP_PORTS];
    for (k = 0; k < given->ins; k++) {
        if (scanf("%zu", count + k) != 1) return 0;
    }
    for (k = 0; k < given->ins; k++) {
        fx_format format = given->in[k].format;
        if (!room(inputs + k, count[k])) return 0;
        for (n = 0; n < count[k]; n++) {
            uint64_t bits;
            if (scanf("%" SCNx64, &bits) != 1) return 0;
            inputs[k].words.i64[n] = (int64_t)bits;
            if ((int64_t)bits > fx_max(format)) {
                inputs[k].words.i64[n] -= (int64_t)1 << format.width;
            }
        }
    }
    for (k = 0; k < given->outs; k++) {
        if (!room(outputs + k, given->out[k].words)) return 0;
    }
    return 1;
}

static void write_reply(const setup *given, fxcaps_status status) {
    size_t k, n;
    if (status > 0) {
        printf("%lu reject %s\n", seq, REASONS[status]);
    } else if (status < 0) {
        printf("%lu skip not implemented\n", seq);
    } else {
        printf("%lu ok", seq);
        for (k = 0; k < given->outs; k++) {
            fx_format format = given->out[k].format;
            uint64_t mask = ((uint64_t)1 << format.width) - 1;
            for (n = 0; n < outputs[k].count; n++) {
                printf(" %0*" PRIx64, (format.width + 3) / 4,
                       (uint64_t)outputs[k].words.i64[n] & mask);
            }
        }
        printf("\n");
    }
}

static int complain(const char *what) {
    fprintf(stderr, "dut_pipe: %s\n", what);
    return 2;
}

int main(int argc, char **argv) {
    static char setup_text[TEXT];
    char first[24];
    unsigned long expected = 0, count;
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!file) return complain("usage: dut_pipe SETUP.TXT");
    setup_text[fread(setup_text, 1, TEXT - 1, file)] = 0;
    fclose(file);
    fxcaps_dut_configure(setup_text);
    fxcaps_dut_taps(tap, NULL);
    while (scanf("%23s", first) == 1) {
        if (strcmp(first, "end") == 0) {
            if (scanf("%lu", &count) != 1 || count != expected) return complain("requests lost");
            printf("end %lu\n", expected);
            return 0;
        }
        seq = strtoul(first, NULL, 10);
        used = 0;
        if (!read_request(dut_setup())) return complain("no request");
        write_reply(dut_setup(), fxcaps_dut_run(inputs, dut_setup()->ins, outputs,
                                                dut_setup()->outs));
        expected++;
    }
    return complain("requests end early");
}
