/* spec/ops/squash.md, algorithm isqrt_divide */
#include "ops.h"

static int larger(int a, int b) { return a > b ? a : b; }

/* Bits that the largest intermediates need, so that nothing overflows 64. */
static int fits(const squash *op, size_t dim) {
    int fx = op->in.frac, fo = op->out.format.frac, frac = larger(fx, 0);
    int s = op->in.width + larger(-fx, 0);
    int n = 2 * s + fx_bit_length(dim), root;
    if (op->accumulator.bounded) n = larger(n, op->accumulator.format.width);
    if (op->guard > FX_BITS || n + 2 * op->guard > FX_BITS) return 0;
    root = n / 2 + op->guard + 1;
    return s + root + larger(fo - op->guard, 0) <= FX_BITS &&
           larger(2 * frac, n) + 1 + larger(op->guard - fo, 0) <= FX_BITS;
}

fxcaps_status squash_configure(squash *op, const setup *given, const char *base, fx_format in,
                               fx_format out, size_t dim) {
    int64_t guard;
    if (!setup_is(given, base, "algorithm", "isqrt_divide")) return FXCAPS_SKIP;
    op->in = in;
    if (!setup_narrowing(given, base, out, &op->out)) return FXCAPS_SKIP;
    if (!setup_accumulator(given, base, &op->accumulator)) return FXCAPS_SKIP;
    if (!setup_integer(given, base, "guard", &guard) || guard < 0) return FXCAPS_SKIP;
    op->guard = (int)guard;
    if (dim == 0) return FXCAPS_SHAPE_MISMATCH;
    if (fx_has_no_words(out, op->out.overflow)) return FXCAPS_PARAMETER_INVALID;
    if (op->accumulator.bounded && op->accumulator.format.frac != 2 * larger(in.frac, 0)) {
        return FXCAPS_FORMAT_MISMATCH;
    }
    return fits(op, dim) ? FXCAPS_OK : FXCAPS_SKIP;
}

static fxcaps_status squash_vector(const squash *op, const fxcaps_tensor *x, size_t start,
                                   size_t dim, fxcaps_tensor *out) {
    int scale = larger(-op->in.frac, 0), frac = larger(op->in.frac, 0);
    int up = op->out.format.frac - op->guard;
    int64_t sum, n, divisor, root;
    size_t k;
    fxcaps_status status = fx_begin(&op->accumulator, 0, &sum); /* SQ-6 */
    for (k = 0; k < dim && status == FXCAPS_OK; k++) {
        int64_t s = fx_shift_left(fx_get(x, start + k), scale); /* SQ-2 */
        status = fx_add(&op->accumulator, s * s, &sum);
    }
    if (status == FXCAPS_OK) status = fx_finish(&op->accumulator, &sum);
    if (status != FXCAPS_OK) return status;
    fx_tell_one("register", sum);
    n = sum < 0 ? 0 : sum;
    fx_tell_one("N", n);
    divisor = ((int64_t)1 << (2 * frac)) + n;
    fx_tell_one("divisor", divisor);
    root = (int64_t)fx_isqrt((uint64_t)n << (2 * op->guard)); /* SQ-4 */
    fx_tell_one("root", root);
    for (k = 0; k < dim; k++) {
        int64_t s = fx_shift_left(fx_get(x, start + k), scale), quotient, word;
        quotient = up >= 0
            ? fx_round_quotient(fx_shift_left(s * root, up), divisor, op->out.rounding)
            : fx_round_quotient(s * root, fx_shift_left(divisor, -up), op->out.rounding);
        fx_tell_one("rounded", quotient);
        status = fx_fit(fx_near(quotient), op->out.format, op->out.overflow, &word); /* SQ-5 */
        if (status != FXCAPS_OK) return status;
        fx_put(out, start + k, word);
    }
    return FXCAPS_OK;
}

fxcaps_status squash_run(const squash *op, const fxcaps_tensor *x, size_t dim,
                         fxcaps_tensor *out) {
    size_t start;
    for (start = 0; start < x->count; start += dim) {
        fxcaps_status status = squash_vector(op, x, start, dim, out);
        if (status != FXCAPS_OK) return status;
    }
    return FXCAPS_OK;
}
