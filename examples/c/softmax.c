/* spec/ops/softmax.md, algorithm lut */
#include "ops.h"

fxcaps_status softmax_configure(softmax *op, const setup *given, const char *base, fx_format in,
                                fx_format out, size_t logits) {
    int64_t index_frac, largest = 0;
    int exp_frac = 0, bits;
    fx_format exp;
    size_t k;
    if (!setup_is(given, base, "algorithm", "lut")) return FXCAPS_SKIP;
    op->in = in;
    if (!setup_narrowing(given, base, out, &op->out)) return FXCAPS_SKIP;
    if (!setup_accumulator(given, base, &op->accumulator)) return FXCAPS_SKIP;
    if (!setup_list(given, base, "table", op->table, OPS_TABLE, &op->length)) return FXCAPS_SKIP;
    if (!setup_integer(given, base, "index_frac", &index_frac)) return FXCAPS_SKIP;
    op->shift = (int)index_frac - in.frac;
    op->limited = !setup_is(given, base, "largest_distance", "none");
    if (op->limited && !setup_integer(given, base, "largest_distance", &op->largest_distance)) {
        return FXCAPS_SKIP;
    }
    if (!setup_is(given, base, "exp", "none")) {
        if (!setup_format(given, base, "exp", &exp)) return FXCAPS_SKIP;
        exp_frac = exp.frac;
    }
    if (logits == 0) return FXCAPS_SHAPE_MISMATCH;
    if (fx_has_no_words(out, op->out.overflow)) return FXCAPS_PARAMETER_INVALID;
    if (op->accumulator.bounded && op->accumulator.format.frac != exp_frac) {
        return FXCAPS_FORMAT_MISMATCH;
    }
    for (k = 0; k < op->length; k++) {
        if (op->table[k] > largest) largest = op->table[k];
    }
    bits = fx_bit_length((uint64_t)largest) + fx_bit_length(logits);
    if (op->accumulator.bounded && bits < op->accumulator.format.width) {
        bits = op->accumulator.format.width;
    }
    return bits + (out.frac < 0 ? -out.frac : out.frac) <= FX_BITS ? FXCAPS_OK : FXCAPS_SKIP;
}

/* SM-4: the entry of a distance. */
static int64_t entry(const softmax *op, int64_t distance) {
    int64_t last = (int64_t)op->length - 1, index;
    if (op->limited && distance > op->largest_distance) distance = op->largest_distance;
    if (op->shift < 0) {
        index = fx_shift_right(distance, -op->shift);
    } else if (fx_bit_length((uint64_t)distance) + op->shift < FX_BITS) {
        index = fx_shift_left(distance, op->shift);
    } else {
        index = last;
    }
    return op->table[index < last ? index : last];
}

static fxcaps_status softmax_group(const softmax *op, const fxcaps_tensor *x, size_t start,
                                   size_t logits, fxcaps_tensor *out) {
    int64_t largest = fx_get(x, start), sum;
    int frac = op->out.format.frac;
    size_t j;
    fxcaps_status status;
    for (j = 1; j < logits; j++) {
        if (fx_get(x, start + j) > largest) largest = fx_get(x, start + j);
    }
    fx_tell_one("largest", largest);
    status = fx_begin(&op->accumulator, 0, &sum); /* SM-7 */
    for (j = 0; j < logits && status == FXCAPS_OK; j++) {
        int64_t distance = largest - fx_get(x, start + j); /* SM-2 */
        fx_tell_one("distances", distance);
        fx_tell_one("entries", entry(op, distance));
        status = fx_add(&op->accumulator, entry(op, distance), &sum);
    }
    if (status == FXCAPS_OK) status = fx_finish(&op->accumulator, &sum);
    if (status != FXCAPS_OK) return status;
    fx_tell_one("register", sum);
    if (sum <= 0) return FXCAPS_ACCUMULATOR_OVERFLOW;
    fx_tell_one("sum", sum);
    for (j = 0; j < logits; j++) {
        int64_t e = entry(op, largest - fx_get(x, start + j)), quotient, word;
        quotient = frac >= 0
            ? fx_round_quotient(fx_shift_left(e, frac), sum, op->out.rounding)
            : fx_round_quotient(e, fx_shift_left(sum, -frac), op->out.rounding);
        fx_tell_one("rounded", quotient);
        status = fx_fit(fx_near(quotient), op->out.format, op->out.overflow, &word); /* SM-6 */
        if (status != FXCAPS_OK) return status;
        fx_put(out, start + j, word);
    }
    return FXCAPS_OK;
}

fxcaps_status softmax_run(const softmax *op, const fxcaps_tensor *x, size_t logits,
                          fxcaps_tensor *out) {
    size_t start;
    for (start = 0; start < x->count; start += logits) {
        fxcaps_status status = softmax_group(op, x, start, logits, out);
        if (status != FXCAPS_OK) return status;
    }
    return FXCAPS_OK;
}
