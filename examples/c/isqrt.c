/* spec/ops/isqrt.md */
#include "ops.h"

fxcaps_status isqrt_configure(isqrt_op *op, const setup *given) {
    if (given->ins != 1 || given->outs != 1) return FXCAPS_PORT_MISMATCH;
    op->in = given->in[0].format;
    op->out = given->out[0].format;
    if (!setup_overflow(given, "params.", "overflow", &op->overflow)) return FXCAPS_SKIP;
    if (fx_has_no_words(op->out, op->overflow)) return FXCAPS_PARAMETER_INVALID;
    if (op->in.width + 2 * op->out.frac - op->in.frac > FX_BITS) return FXCAPS_SKIP;
    return FXCAPS_OK;
}

fxcaps_status isqrt_run(const isqrt_op *op, const fxcaps_tensor *x, fxcaps_tensor *out) {
    int k = 2 * op->out.frac - op->in.frac; /* SR-3 */
    size_t index;
    for (index = 0; index < x->count; index++) {
        int64_t word = fx_get(x, index), root;
        fxcaps_status status;
        if (word < 0) return FXCAPS_NEGATIVE_ROOT; /* SR-2 */
        word = k >= 0 ? fx_shift_left(word, k) : fx_shift_right(word, -k);
        root = (int64_t)fx_isqrt((uint64_t)word);
        fx_tell_one("root", root);
        fx_tell_one("rounded", root);
        status = fx_fit(fx_near(root), op->out, op->overflow, &word); /* SR-4 */
        if (status != FXCAPS_OK) return status;
        fx_put(out, index, word);
    }
    return FXCAPS_OK;
}
