/* The operations, each with what is fixed and what it does to words. */
#ifndef OPS_H
#define OPS_H

#include "setup.h"

#define OPS_TABLE 4096    /* words of a table of exponentials */
#define OPS_ITERATIONS 4  /* of a routing */
#define OPS_WORDS 4096    /* of an intermediate of a routing */

typedef struct {
    fx_format in;
    fx_narrowing out;
} requantize;

fxcaps_status requantize_configure(requantize *op, const setup *given);
fxcaps_status requantize_run(const requantize *op, const fxcaps_tensor *x, fxcaps_tensor *out);

typedef struct {
    fx_format in, out;
    fx_overflow overflow;
} isqrt_op;

fxcaps_status isqrt_configure(isqrt_op *op, const setup *given);
fxcaps_status isqrt_run(const isqrt_op *op, const fxcaps_tensor *x, fxcaps_tensor *out);

typedef struct {
    fx_format in;
    fx_accumulator accumulator;
    int guard;
    fx_narrowing out;
} squash;

/* `dim` words a vector; vectors lie one after another. */
fxcaps_status squash_configure(squash *op, const setup *given, const char *base, fx_format in,
                               fx_format out, size_t dim);
fxcaps_status squash_run(const squash *op, const fxcaps_tensor *x, size_t dim,
                         fxcaps_tensor *out);

typedef struct {
    fx_format in;
    fx_accumulator accumulator;
    int64_t table[OPS_TABLE];
    size_t length;
    int shift;          /* of a distance to the index: index_frac - Fx */
    int limited;
    int64_t largest_distance;
    fx_narrowing out;
} softmax;

fxcaps_status softmax_configure(softmax *op, const setup *given, const char *base, fx_format in,
                                fx_format out, size_t logits);
fxcaps_status softmax_run(const softmax *op, const fxcaps_tensor *x, size_t logits,
                          fxcaps_tensor *out);

/* A sum of products and its narrowing: weighted sums and agreements. */
typedef struct {
    fx_accumulator accumulator;
    int frac;           /* of the register */
    int bias_shift;
    fx_narrowing out;
} products;

typedef struct {
    fx_format a, b;
    fx_narrowing out;
} addition;

typedef struct {
    softmax couplings;
    products sums;
    squash capsules;
    int updates;
    products agreements;
    addition logits;
    int c, s, v, a, b, next; /* of the outputs; b is the logits that are read */
} iteration;

typedef struct {
    size_t inputs, capsules, dim, biases; /* I, J, D, Jb */
    int votes, bias;                      /* of the inputs; bias is -1 where there is none */
    int first;                            /* the output b0 */
    size_t count;
    iteration iterations[OPS_ITERATIONS];
} routing;

fxcaps_status routing_configure(routing *op, const setup *given);
fxcaps_status routing_run(const routing *op, const fxcaps_tensor *inputs, fxcaps_tensor *outputs);

#endif
