#include "fx.h"

int64_t fx_min(fx_format format) {
    return format.is_signed ? -((int64_t)1 << (format.width - 1)) : 0;
}

int64_t fx_max(fx_format format) {
    return ((int64_t)1 << (format.width - format.is_signed)) - 1;
}

int64_t fx_shift_left(int64_t value, int bits) {
    return value * ((int64_t)1 << bits); /* C leaves << of a negative value undefined */
}

int64_t fx_shift_right(int64_t value, int bits) {
    int64_t step;
    if (bits >= FX_BITS) return value < 0 ? -1 : 0;
    step = (int64_t)1 << bits;
    return value / step - (value % step < 0); /* C divides toward zero */
}

int fx_bit_length(uint64_t value) {
    int bits = 0;
    for (; value; value >>= 1) bits++;
    return bits;
}

/* Digit by digit: `root` is the root of the bits of `value` that have been looked at. */
uint64_t fx_isqrt(uint64_t value) {
    uint64_t root = 0, bit = (uint64_t)1 << 62;
    while (bit > value) bit >>= 2;
    for (; bit; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

/* NUM-5: the floor, on which side of the half what is left of it lies, and the mode. */
static int64_t decide(int64_t floor_, int side, fx_rounding mode) {
    int negative = floor_ < 0, odd = floor_ % 2 != 0, up = 0;
    switch (mode) {
        case FX_FLOOR: up = 0; break;
        case FX_CEIL: up = 1; break;
        case FX_TOWARD_ZERO: up = negative; break;
        case FX_AWAY_FROM_ZERO: up = !negative; break;
        case FX_TIES_TO_POS_INF: up = side >= 0; break;
        case FX_TIES_TO_NEG_INF: up = side > 0; break;
        case FX_TIES_AWAY: up = side > 0 || (side == 0 && !negative); break;
        case FX_TIES_TO_ZERO: up = side > 0 || (side == 0 && negative); break;
        case FX_TIES_TO_EVEN: up = side > 0 || (side == 0 && odd); break;
        case FX_TIES_TO_ODD: up = side > 0 || (side == 0 && !odd); break;
        case FX_JAM: up = !odd; break;
    }
    return floor_ + up;
}

int64_t fx_round_quotient(int64_t numerator, int64_t denominator, fx_rounding mode) {
    int64_t floor_ = numerator / denominator, rest = numerator % denominator;
    if (rest < 0) {
        rest += denominator;
        floor_ -= 1;
    }
    if (rest == 0) return floor_; /* NUM-4 */
    /* 2 * rest against the denominator, without the doubling that could overflow */
    return decide(floor_, (rest > denominator - rest) - (rest < denominator - rest), mode);
}

fx_integer fx_near(int64_t value) {
    fx_integer found;
    found.value = value;
    found.beyond = 0;
    found.low = (uint64_t)value;
    return found;
}

fx_integer fx_round_scaled(int64_t value, int exponent, fx_rounding mode) {
    fx_integer found;
    int length = fx_bit_length(value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (value == 0) return fx_near(0);
    if (exponent >= 0) {
        if (length + exponent <= FX_BITS) return fx_near(fx_shift_left(value, exponent));
        found.value = 0;
        found.beyond = value < 0 ? -1 : 1;
        found.low = exponent < 64 ? (uint64_t)value << exponent : 0;
        return found;
    }
    if (-exponent > FX_BITS) { /* all bits fall out, and the magnitude is below the half */
        return fx_near(decide(value < 0 ? -1 : 0, value < 0 ? 1 : -1, mode));
    }
    return fx_near(fx_round_quotient(value, (int64_t)1 << -exponent, mode));
}

int fx_has_no_words(fx_format format, fx_overflow mode) {
    return mode == FX_SATURATE_SYMMETRIC && format.is_signed && format.width == 1;
}

fxcaps_status fx_fit(fx_integer rounded, fx_format format, fx_overflow mode, int64_t *word) {
    int64_t low = fx_min(format), high = fx_max(format);
    int above = rounded.beyond > 0 || (rounded.beyond == 0 && rounded.value > high);
    int below = rounded.beyond < 0 || (rounded.beyond == 0 && rounded.value < low);
    uint64_t bits;
    if (mode == FX_SATURATE_SYMMETRIC && format.is_signed) {
        if (!below && !above && rounded.value == low) below = 1; /* also when in range */
        low = -high;
    }
    if (!below && !above) {
        *word = rounded.value;
        return FXCAPS_OK;
    }
    switch (mode) {
        case FX_WRAP:
            bits = rounded.low & (((uint64_t)1 << format.width) - 1);
            *word = (int64_t)bits;
            if (format.is_signed && *word > high) *word -= (int64_t)1 << format.width;
            return FXCAPS_OK;
        case FX_SATURATE_TO_ZERO: *word = 0; return FXCAPS_OK;
        case FX_REJECT: return FXCAPS_OUTPUT_OUT_OF_RANGE;
        default: *word = above ? high : low; return FXCAPS_OK;
    }
}

/* ACC-3 to ACC-5 for one partial sum. */
static fxcaps_status hold(const fx_accumulator *register_, int64_t *sum) {
    if (!register_->bounded || register_->check == FX_FINAL) return FXCAPS_OK;
    if (register_->check == FX_PER_STEP) {
        return fx_fit(fx_near(*sum), register_->format, register_->overflow, sum);
    }
    if (*sum < fx_min(register_->format) || *sum > fx_max(register_->format)) {
        return FXCAPS_ACCUMULATOR_OVERFLOW;
    }
    return FXCAPS_OK;
}

fxcaps_status fx_begin(const fx_accumulator *register_, int64_t start, int64_t *sum) {
    *sum = start;
    return hold(register_, sum);
}

fxcaps_status fx_add(const fx_accumulator *register_, int64_t addend, int64_t *sum) {
    *sum += addend;
    return hold(register_, sum);
}

fxcaps_status fx_finish(const fx_accumulator *register_, int64_t *sum) {
    if (!register_->bounded || register_->check != FX_FINAL) return FXCAPS_OK;
    return fx_fit(fx_near(*sum), register_->format, register_->overflow, sum);
}

int64_t fx_get(const fxcaps_tensor *tensor, size_t index) {
    switch (tensor->bytes) {
        case 1: return tensor->words.i8[index];
        case 2: return tensor->words.i16[index];
        case 4: return tensor->words.i32[index];
        default: return tensor->words.i64[index];
    }
}

void fx_put(fxcaps_tensor *tensor, size_t index, int64_t word) {
    switch (tensor->bytes) {
        case 1: tensor->words.i8[index] = (int8_t)word; break;
        case 2: tensor->words.i16[index] = (int16_t)word; break;
        case 4: tensor->words.i32[index] = (int32_t)word; break;
        default: tensor->words.i64[index] = word; break;
    }
}

static fxcaps_tap told;
static void *told_to;

void fxcaps_dut_taps(fxcaps_tap tap, void *context) {
    told = tap;
    told_to = context;
}

void fx_tell(const char *name, const int64_t *values, size_t count) {
    if (told) told(told_to, name, values, count);
}

void fx_tell_one(const char *name, int64_t value) {
    fx_tell(name, &value, 1);
}
