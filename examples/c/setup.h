/* A pack's setup.txt: lines `path value`, lists as `path count value value`. */
#ifndef SETUP_H
#define SETUP_H

#include "fx.h"

#define SETUP_PORTS 64
#define SETUP_AXES 4

typedef struct {
    char name[24];
    fx_format format;
    size_t shape[SETUP_AXES];
    size_t axes, words;
} setup_port;

typedef struct {
    const char *text;
    setup_port in[SETUP_PORTS], out[SETUP_PORTS];
    size_t ins, outs;
} setup;

/* All but FXCAPS_OK mean that the device declines the setup. The text has to outlive it. */
fxcaps_status setup_read(setup *given, const char *text);

/* The readers return 0 where there is no such line or it says something else. Paths are joined
 * from two parts, so that parts of a routing are read like operations of their own. */
int setup_is(const setup *given, const char *base, const char *path, const char *value);
int setup_integer(const setup *given, const char *base, const char *path, int64_t *value);
int setup_list(const setup *given, const char *base, const char *path, int64_t *values,
               size_t room, size_t *count);
int setup_format(const setup *given, const char *base, const char *path, fx_format *format);
int setup_rounding(const setup *given, const char *base, fx_rounding *mode);
int setup_overflow(const setup *given, const char *base, const char *path, fx_overflow *mode);
int setup_narrowing(const setup *given, const char *base, fx_format out, fx_narrowing *made);
/* Only the plain register: products exact, one after another, no tile. */
int setup_accumulator(const setup *given, const char *base, fx_accumulator *made);

#endif
