/* spec/ops/requantize.md */
#include "ops.h"

fxcaps_status requantize_configure(requantize *op, const setup *given) {
    if (given->ins != 1 || given->outs != 1) return FXCAPS_PORT_MISMATCH;
    op->in = given->in[0].format;
    if (!setup_narrowing(given, "params.", given->out[0].format, &op->out)) return FXCAPS_SKIP;
    if (fx_has_no_words(op->out.format, op->out.overflow)) return FXCAPS_PARAMETER_INVALID;
    return FXCAPS_OK;
}

fxcaps_status requantize_run(const requantize *op, const fxcaps_tensor *x, fxcaps_tensor *out) {
    size_t k;
    for (k = 0; k < x->count; k++) {
        int exponent = op->out.format.frac - op->in.frac; /* RQ-2 */
        fx_integer rounded = fx_round_scaled(fx_get(x, k), exponent, op->out.rounding);
        int64_t word;
        fxcaps_status status = fx_fit(rounded, op->out.format, op->out.overflow, &word); /* RQ-3 */
        if (!rounded.beyond) fx_tell_one("rounded", rounded.value);
        if (status != FXCAPS_OK) return status;
        fx_put(out, k, word);
    }
    return FXCAPS_OK;
}
