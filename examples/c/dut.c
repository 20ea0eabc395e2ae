/* The device: one operation, configured once, asked by fxcaps_dut_run. */
#include "ops.h"

#include <string.h>

#define TEXT 131072

static char text[TEXT];
static setup given;
static fxcaps_status configured = FXCAPS_SKIP;
static enum { REQUANTIZE, ISQRT, SQUASH, SOFTMAX, ROUTING } chosen;
static requantize the_requantize;
static isqrt_op the_isqrt;
static squash the_squash;
static softmax the_softmax;
static routing the_routing;

uint32_t fxcaps_dut_version(void) { return FXCAPS_DUT_VERSION; }

static size_t last_axis(const setup_port *port) {
    return port->axes ? port->shape[port->axes - 1] : 0;
}

static fxcaps_status configure(void) {
    const setup_port *in = given.in, *out = given.out;
    if (setup_is(&given, "params.", "op", "requantize")) {
        chosen = REQUANTIZE;
        return requantize_configure(&the_requantize, &given);
    }
    if (setup_is(&given, "params.", "op", "isqrt")) {
        chosen = ISQRT;
        return isqrt_configure(&the_isqrt, &given);
    }
    if (setup_is(&given, "params.", "op", "dynamic_routing")) {
        chosen = ROUTING;
        return routing_configure(&the_routing, &given);
    }
    if (given.ins != 1 || given.outs != 1) return FXCAPS_PORT_MISMATCH;
    if (setup_is(&given, "params.", "op", "squash")) {
        chosen = SQUASH;
        return squash_configure(&the_squash, &given, "params.", in->format, out->format,
                                last_axis(in));
    }
    if (setup_is(&given, "params.", "op", "softmax")) {
        chosen = SOFTMAX;
        return softmax_configure(&the_softmax, &given, "params.", in->format, out->format,
                                 last_axis(in));
    }
    return FXCAPS_SKIP;
}

fxcaps_status fxcaps_dut_configure(const char *setup_text) {
    configured = FXCAPS_SKIP;
    if (strlen(setup_text) >= TEXT) return FXCAPS_SKIP;
    strcpy(text, setup_text);
    configured = setup_read(&given, text);
    if (configured == FXCAPS_OK) configured = configure();
    return configured;
}

fxcaps_status fxcaps_dut_run(const fxcaps_tensor *inputs, size_t input_count,
                             fxcaps_tensor *outputs, size_t output_count) {
    size_t k;
    if (configured != FXCAPS_OK) return configured;
    if (input_count != given.ins || output_count != given.outs) return FXCAPS_PORT_MISMATCH;
    for (k = 0; k < input_count; k++) {
        if (inputs[k].count != given.in[k].words) return FXCAPS_SHAPE_MISMATCH;
    }
    for (k = 0; k < output_count; k++) {
        if (outputs[k].capacity < given.out[k].words) return FXCAPS_NO_ROOM;
        outputs[k].count = given.out[k].words;
    }
    switch (chosen) {
        case REQUANTIZE: return requantize_run(&the_requantize, inputs, outputs);
        case ISQRT: return isqrt_run(&the_isqrt, inputs, outputs);
        case SQUASH: return squash_run(&the_squash, inputs, last_axis(given.in), outputs);
        case SOFTMAX: return softmax_run(&the_softmax, inputs, last_axis(given.in), outputs);
        case ROUTING: return routing_run(&the_routing, inputs, outputs);
    }
    return FXCAPS_SKIP;
}

/* For a program around the device: what the ports are. */
const setup *dut_setup(void) { return &given; }
