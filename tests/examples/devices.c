/* Libraries that are wrong around one that is right: x plus 1, wrapped, compiled with -DWAY=n. */
#include "fxcaps_dut.h"

#include <stdio.h>
#include <stdlib.h>

uint32_t fxcaps_dut_version(void) { return WAY == 1 ? 9 : FXCAPS_DUT_VERSION; }

#if WAY == 2
uint32_t fxcaps_dut_profile_id(void) { return 0xdeadbeefu; }
#endif

#if WAY == 12
fxcaps_status fxcaps_dut_configure(const char *setup) { return setup[0] ? FXCAPS_SKIP : FXCAPS_OK; }
#endif

fxcaps_status fxcaps_dut_run(const fxcaps_tensor *inputs, size_t input_count,
                             fxcaps_tensor *outputs, size_t output_count) {
    static int calls;
    size_t k, count = inputs->count;
    int8_t *out = outputs->words.i8;
    if (input_count != 1 || output_count != 1) return FXCAPS_PORT_MISMATCH;
    printf("what a device prints is no reply\n");
    if (WAY == 3) abort();
    if (WAY == 4) exit(0);
    if (WAY == 5) for (;;) {}
    if (WAY == 6) return 99;
    if (WAY == 13) return FXCAPS_NO_ROOM;
    for (k = 0; k < count; k++) out[k] = (int8_t)((uint8_t)inputs->words.i8[k] + 1u);
    if (WAY != 15) outputs->count = count;
    if (WAY == 7) out[count] = 0;
    if (WAY == 8) out[-1] = 0;
    if (WAY == 9) inputs->words.i8[0]++;
    if (WAY == 10) outputs->count = count + 1;
    if (WAY == 11) out[2] = (int8_t)++calls;
    if (WAY == 14) outputs->count = count - 1;
    return FXCAPS_OK;
}
