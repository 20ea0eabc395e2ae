/* Numbers and accumulators: the pages numbers.md and accumulators.md in 64-bit integers. */
#ifndef FX_H
#define FX_H

#include <stddef.h>
#include <stdint.h>

#include "fxcaps_dut.h"

/* Magnitudes stay below 2**FX_BITS; what could reach it is declined when it is configured. */
#define FX_BITS 62

typedef struct {
    int is_signed, width, frac;
} fx_format;

typedef enum {
    FX_FLOOR, FX_CEIL, FX_TOWARD_ZERO, FX_AWAY_FROM_ZERO, FX_TIES_TO_POS_INF,
    FX_TIES_TO_NEG_INF, FX_TIES_AWAY, FX_TIES_TO_ZERO, FX_TIES_TO_EVEN, FX_TIES_TO_ODD, FX_JAM
} fx_rounding;

typedef enum {
    FX_SATURATE, FX_WRAP, FX_SATURATE_SYMMETRIC, FX_SATURATE_TO_ZERO, FX_REJECT
} fx_overflow;

/* How a value becomes a word (NUM-6). */
typedef struct {
    fx_format format;
    fx_rounding rounding;
    fx_overflow overflow;
} fx_narrowing;

/* An integer of any size, as far as narrowing asks: its value, or its sign and lowest bits. */
typedef struct {
    int64_t value; /* when it is near */
    int beyond;    /* -1 or 1 when it lies beyond every format, on that side */
    uint64_t low;  /* its lowest 64 bits */
} fx_integer;

typedef enum { FX_EXACT, FX_FINAL, FX_PER_STEP } fx_check;

typedef struct {
    int bounded;
    fx_format format;
    fx_check check;
    fx_overflow overflow;
} fx_accumulator;

int64_t fx_min(fx_format format);
int64_t fx_max(fx_format format);
int64_t fx_shift_left(int64_t value, int bits);  /* |value| * 2**bits < 2**FX_BITS */
int64_t fx_shift_right(int64_t value, int bits); /* floor, bits of any size from 0 */
uint64_t fx_isqrt(uint64_t value);
int fx_bit_length(uint64_t value);

fx_integer fx_near(int64_t value);
/* numerator / denominator, denominator positive, rounded (NUM-4, NUM-5) */
int64_t fx_round_quotient(int64_t numerator, int64_t denominator, fx_rounding mode);
/* value * 2**exponent, rounded */
fx_integer fx_round_scaled(int64_t value, int exponent, fx_rounding mode);
/* NUM-7 */
fxcaps_status fx_fit(fx_integer rounded, fx_format format, fx_overflow mode, int64_t *word);
/* No word but 0 is left of one signed bit. */
int fx_has_no_words(fx_format format, fx_overflow mode);

/* ACC-1 to ACC-5: begin with a start value, add, finish. */
fxcaps_status fx_begin(const fx_accumulator *register_, int64_t start, int64_t *sum);
fxcaps_status fx_add(const fx_accumulator *register_, int64_t addend, int64_t *sum);
fxcaps_status fx_finish(const fx_accumulator *register_, int64_t *sum);

int64_t fx_get(const fxcaps_tensor *tensor, size_t index);
void fx_put(fxcaps_tensor *tensor, size_t index, int64_t word);

void fx_tell(const char *name, const int64_t *values, size_t count); /* a tap */
void fx_tell_one(const char *name, int64_t value);

#endif
