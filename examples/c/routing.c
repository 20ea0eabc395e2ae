/* spec/ops/dynamic_routing.md with weighted_sum.md, agreement.md and add.md */
#include "ops.h"

#include <stdio.h>
#include <string.h>

static int port_of(const setup_port *ports, size_t count, const char *name) {
    size_t k;
    for (k = 0; k < count; k++) {
        if (strcmp(ports[k].name, name) == 0) return (int)k;
    }
    return -1;
}

static int output_of(const setup *given, char letter, size_t number) {
    char name[24];
    snprintf(name, sizeof name, "%c%u", letter, (unsigned)number);
    return port_of(given->out, given->outs, name);
}

/* Sums of `count` products of two formats, and a bias where `bias` is not null. */
static fxcaps_status products_configure(products *op, const setup *given, const char *base,
                                        fx_format a, fx_format b, const fx_format *bias,
                                        fx_format out, size_t count) {
    int bits;
    if (!setup_narrowing(given, base, out, &op->out)) return FXCAPS_SKIP;
    if (!setup_accumulator(given, base, &op->accumulator)) return FXCAPS_SKIP;
    op->frac = a.frac + b.frac;
    op->bias_shift = bias ? op->frac - bias->frac : 0;
    if (op->bias_shift < 0) return FXCAPS_FORMAT_MISMATCH;
    if (fx_has_no_words(out, op->out.overflow)) return FXCAPS_PARAMETER_INVALID;
    if (op->accumulator.bounded && op->accumulator.format.frac != op->frac) {
        return FXCAPS_FORMAT_MISMATCH;
    }
    bits = a.width + b.width + fx_bit_length(count) + 1;
    if (bias && bits < bias->width + op->bias_shift + 2) bits = bias->width + op->bias_shift + 2;
    return bits < FX_BITS ? FXCAPS_OK : FXCAPS_SKIP;
}

static fxcaps_status addition_configure(addition *op, const setup *given, const char *base,
                                        fx_format a, fx_format b, fx_format out) {
    int distance = a.frac > b.frac ? a.frac - b.frac : b.frac - a.frac;
    op->a = a;
    op->b = b;
    if (setup_is(given, base, "algorithm", "shift")) return FXCAPS_SKIP;
    if (setup_is(given, base, "algorithm", "lanes")) return FXCAPS_SKIP;
    if (!setup_narrowing(given, base, out, &op->out)) return FXCAPS_SKIP;
    if (fx_has_no_words(out, op->out.overflow)) return FXCAPS_PARAMETER_INVALID;
    return (a.width > b.width ? a.width : b.width) + distance + 2 < FX_BITS ? FXCAPS_OK
                                                                            : FXCAPS_SKIP;
}

/* What an iteration reads and makes, and its parts in the order in which they run. */
static fxcaps_status iteration_configure(iteration *it, const routing *op, const setup *given,
                                         size_t r, int updates) {
    const setup_port *out = given->out;
    fx_format votes = given->in[op->votes].format;
    const fx_format *bias = op->bias < 0 ? NULL : &given->in[op->bias].format;
    char base[64];
    fxcaps_status status;
    it->b = output_of(given, 'b', r);
    it->c = output_of(given, 'c', r);
    it->s = output_of(given, 's', r);
    it->v = output_of(given, 'v', r);
    it->updates = updates;
    it->a = output_of(given, 'a', r);
    it->next = output_of(given, 'b', r + 1);
    if (it->b < 0 || it->c < 0 || it->s < 0 || it->v < 0) return FXCAPS_PORT_MISMATCH;
    if ((it->a >= 0) != updates || (it->next >= 0) != updates) return FXCAPS_PORT_MISMATCH;
    snprintf(base, sizeof base, "params.iterations.%u.softmax.", (unsigned)r);
    status = softmax_configure(&it->couplings, given, base, out[it->b].format, out[it->c].format,
                               op->capsules);
    if (status != FXCAPS_OK) return status;
    snprintf(base, sizeof base, "params.iterations.%u.weighted_sum.", (unsigned)r);
    status = products_configure(&it->sums, given, base, out[it->c].format, votes, bias,
                                out[it->s].format, op->inputs);
    if (status != FXCAPS_OK) return status;
    snprintf(base, sizeof base, "params.iterations.%u.squash.", (unsigned)r);
    status = squash_configure(&it->capsules, given, base, out[it->s].format, out[it->v].format,
                              op->dim);
    if (status != FXCAPS_OK || !updates) return status;
    snprintf(base, sizeof base, "params.iterations.%u.agreement.", (unsigned)r);
    status = products_configure(&it->agreements, given, base, votes, out[it->v].format, NULL,
                                out[it->a].format, op->dim);
    if (status != FXCAPS_OK) return status;
    snprintf(base, sizeof base, "params.iterations.%u.update.", (unsigned)r);
    return addition_configure(&it->logits, given, base, out[it->b].format, out[it->a].format,
                              out[it->next].format);
}

fxcaps_status routing_configure(routing *op, const setup *given) {
    const setup_port *votes;
    int update_last;
    int64_t flag;
    char base[64];
    size_t r;
    op->votes = port_of(given->in, given->ins, "votes");
    op->bias = port_of(given->in, given->ins, "bias");
    op->first = output_of(given, 'b', 0);
    if (op->votes < 0 || op->first < 0) return FXCAPS_PORT_MISMATCH;
    if (given->ins != (op->bias < 0 ? 1u : 2u)) return FXCAPS_PORT_MISMATCH;
    votes = given->in + op->votes;
    if (votes->axes != 3 || votes->words == 0) return FXCAPS_SHAPE_MISMATCH;
    op->inputs = votes->shape[0];
    op->capsules = votes->shape[1];
    op->dim = votes->shape[2];
    op->biases = 1;
    if (op->bias >= 0) {
        const setup_port *bias = given->in + op->bias;
        if (bias->axes != 2 || bias->shape[1] != op->dim || bias->shape[0] == 0 ||
            op->capsules % bias->shape[0] != 0) {
            return FXCAPS_SHAPE_MISMATCH;
        }
        op->biases = bias->shape[0];
    }
    if (!setup_integer(given, "params.", "update_last", &flag)) return FXCAPS_SKIP;
    update_last = flag != 0;
    for (op->count = 0; op->count < OPS_ITERATIONS; op->count++) {
        snprintf(base, sizeof base, "params.iterations.%u.squash.", (unsigned)op->count);
        if (setup_is(given, base, "op", "squash") == 0) break;
    }
    snprintf(base, sizeof base, "params.iterations.%u.squash.", (unsigned)op->count);
    if (op->count == 0 || setup_is(given, base, "op", "squash")) return FXCAPS_SKIP;
    for (r = 0; r < op->count; r++) {
        int updates = update_last || r + 1 < op->count;
        fxcaps_status status =
            iteration_configure(op->iterations + r, op, given, r, updates);
        if (status != FXCAPS_OK) return status;
    }
    return FXCAPS_OK;
}

static fxcaps_status narrowed(const products *op, int64_t sum, fxcaps_tensor *out, size_t index) {
    int exponent = op->out.format.frac - op->frac;
    fx_integer rounded = fx_round_scaled(sum, exponent, op->out.rounding);
    int64_t word;
    fxcaps_status status = fx_fit(rounded, op->out.format, op->out.overflow, &word);
    if (status == FXCAPS_OK) fx_put(out, index, word);
    return status;
}

/* WS-3 and WS-4 */
static fxcaps_status weighted_sums(const routing *op, const products *sums,
                                   const fxcaps_tensor *inputs, const fxcaps_tensor *c,
                                   fxcaps_tensor *s) {
    const fxcaps_tensor *votes = inputs + op->votes;
    size_t i, j, k;
    for (j = 0; j < op->capsules; j++) {
        for (k = 0; k < op->dim; k++) {
            int64_t bias = op->bias < 0 ? 0
                : fx_get(inputs + op->bias, j % op->biases * op->dim + k), sum;
            fxcaps_status status =
                fx_begin(&sums->accumulator, fx_shift_left(bias, sums->bias_shift), &sum);
            for (i = 0; i < op->inputs && status == FXCAPS_OK; i++) {
                int64_t product = fx_get(c, i * op->capsules + j) *
                    fx_get(votes, (i * op->capsules + j) * op->dim + k);
                status = fx_add(&sums->accumulator, product, &sum);
            }
            if (status == FXCAPS_OK) status = fx_finish(&sums->accumulator, &sum);
            if (status == FXCAPS_OK) status = narrowed(sums, sum, s, j * op->dim + k);
            if (status != FXCAPS_OK) return status;
        }
    }
    return FXCAPS_OK;
}

/* AG-3 and AG-4 */
static fxcaps_status agreements(const routing *op, const products *sums,
                                const fxcaps_tensor *votes, const fxcaps_tensor *v,
                                fxcaps_tensor *a) {
    size_t i, j, k;
    for (i = 0; i < op->inputs; i++) {
        for (j = 0; j < op->capsules; j++) {
            int64_t sum;
            fxcaps_status status = fx_begin(&sums->accumulator, 0, &sum);
            for (k = 0; k < op->dim && status == FXCAPS_OK; k++) {
                int64_t product = fx_get(votes, (i * op->capsules + j) * op->dim + k) *
                    fx_get(v, j * op->dim + k);
                status = fx_add(&sums->accumulator, product, &sum);
            }
            if (status == FXCAPS_OK) status = fx_finish(&sums->accumulator, &sum);
            if (status == FXCAPS_OK) status = narrowed(sums, sum, a, i * op->capsules + j);
            if (status != FXCAPS_OK) return status;
        }
    }
    return FXCAPS_OK;
}

/* AD-2 and AD-3 */
static fxcaps_status add(const addition *op, const fxcaps_tensor *a, const fxcaps_tensor *b,
                         fxcaps_tensor *out) {
    int frac = op->a.frac > op->b.frac ? op->a.frac : op->b.frac;
    size_t k;
    for (k = 0; k < a->count; k++) {
        int64_t sum = fx_shift_left(fx_get(a, k), frac - op->a.frac) +
            fx_shift_left(fx_get(b, k), frac - op->b.frac), word;
        fx_integer rounded =
            fx_round_scaled(sum, op->out.format.frac - frac, op->out.rounding);
        fxcaps_status status = fx_fit(rounded, op->out.format, op->out.overflow, &word);
        if (status != FXCAPS_OK) return status;
        fx_put(out, k, word);
    }
    return FXCAPS_OK;
}

/* DR-3 and DR-4: the outputs of the call are the intermediates. */
fxcaps_status routing_run(const routing *op, const fxcaps_tensor *inputs, fxcaps_tensor *outputs) {
    size_t r, k;
    for (k = 0; k < op->inputs * op->capsules; k++) fx_put(outputs + op->first, k, 0); /* DR-2 */
    for (r = 0; r < op->count; r++) {
        const iteration *it = op->iterations + r;
        fxcaps_tensor *b = outputs + it->b, *c = outputs + it->c, *s = outputs + it->s,
                      *v = outputs + it->v;
        fxcaps_status status = softmax_run(&it->couplings, b, op->capsules, c);
        if (status == FXCAPS_OK) status = weighted_sums(op, &it->sums, inputs, c, s);
        if (status == FXCAPS_OK) status = squash_run(&it->capsules, s, op->dim, v);
        if (status == FXCAPS_OK && it->updates) {
            fxcaps_tensor *a = outputs + it->a;
            status = agreements(op, &it->agreements, inputs + op->votes, v, a);
            if (status == FXCAPS_OK) status = add(&it->logits, b, a, outputs + it->next);
        }
        if (status != FXCAPS_OK) return status;
    }
    return FXCAPS_OK;
}
