/* The interface of a device that is a C library: one function that takes tensors of words.
 *
 * The caller owns all memory. It fills the inputs, gives the outputs room, and reads the outputs
 * when the status is FXCAPS_OK. A device writes no input, and nothing of an output beyond
 * `capacity`. Ports come in the order of the setup, which is that of their names.
 *
 * A library has fxcaps_dut_run and fxcaps_dut_version; the other functions may be left out.
 * No expected word reaches a device.
 */
#ifndef FXCAPS_DUT_H
#define FXCAPS_DUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FXCAPS_DUT_VERSION 1

/* Words in the container of their format, sign-extended: `bytes` says which pointer holds. */
typedef union {
    int8_t *i8;
    int16_t *i16;
    int32_t *i32;
    int64_t *i64;
} fxcaps_words;

typedef struct {
    fxcaps_words words;
    size_t bytes;    /* of one word: 1, 2, 4 or 8 */
    size_t capacity; /* words that there is room for */
    size_t count;    /* words that there are: the caller's for inputs, the device's for outputs */
} fxcaps_tensor;

/* What a call ends with: 0, a device's own trouble, or a reason of the page rejections.md. */
typedef int32_t fxcaps_status;

#define FXCAPS_OK 0
#define FXCAPS_SKIP (-1)    /* the device does not do this call, or this setup */
#define FXCAPS_NO_ROOM (-2) /* an output has not the capacity that it needs */

#define FXCAPS_FORMAT_INVALID 1
#define FXCAPS_PARAMETER_INVALID 2
#define FXCAPS_MODE_REFUSED 3
#define FXCAPS_PORT_MISMATCH 4
#define FXCAPS_SHAPE_MISMATCH 5
#define FXCAPS_FORMAT_MISMATCH 6
#define FXCAPS_WORD_OUT_OF_RANGE 7
#define FXCAPS_OUTPUT_OUT_OF_RANGE 8
#define FXCAPS_ACCUMULATOR_TOO_NARROW 9
#define FXCAPS_ACCUMULATOR_OVERFLOW 10
#define FXCAPS_NEGATIVE_ROOT 11
#define FXCAPS_DIVISION_BY_ZERO 12

/* FXCAPS_DUT_VERSION, as the device was compiled with. */
uint32_t fxcaps_dut_version(void);

/* One call. */
fxcaps_status fxcaps_dut_run(
    const fxcaps_tensor *inputs, size_t input_count, fxcaps_tensor *outputs, size_t output_count);

/* May be left out: the FXCAPS_PROFILE_ID that the device was built with, from
 * `fxcaps profile export --to h` or a pack; 0 says nothing. */
uint32_t fxcaps_dut_profile_id(void);

/* May be left out by a device of one setup: the text of a pack's setup.txt, before any call.
 * FXCAPS_SKIP declines the setup. */
fxcaps_status fxcaps_dut_configure(const char *setup);

/* May be left out: where the device tells intermediates, by the names of the operation's page,
 * during a call. Several calls of the function for one name continue it. */
typedef void (*fxcaps_tap)(void *context, const char *name, const int64_t *values, size_t count);
void fxcaps_dut_taps(fxcaps_tap tap, void *context);

#ifdef __cplusplus
}
#endif

#endif
