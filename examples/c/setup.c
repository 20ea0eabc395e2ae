#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const ROUNDINGS[] = {
    "floor", "ceil", "toward_zero", "away_from_zero", "ties_to_pos_inf", "ties_to_neg_inf",
    "ties_away", "ties_to_zero", "ties_to_even", "ties_to_odd", "jam"};
static const char *const OVERFLOWS[] = {
    "saturate", "wrap", "saturate_symmetric", "saturate_to_zero", "reject"};
static const char *const CHECKS[] = {"exact", "final", "per_step"};

/* What stands behind a path, up to the end of the line. */
static const char *find(const setup *given, const char *base, const char *path) {
    char key[128];
    const char *line = given->text;
    int length = snprintf(key, sizeof key, "%s%s ", base, path);
    if (length < 0 || (size_t)length >= sizeof key) return NULL;
    while (line && *line) {
        if (strncmp(line, key, (size_t)length) == 0) return line + length;
        line = strchr(line, '\n');
        if (line) line++;
    }
    return NULL;
}

static int is_word(const char *text, const char *word) {
    size_t length = strlen(word);
    return strncmp(text, word, length) == 0 && (text[length] == '\n' || text[length] == 0);
}

int setup_is(const setup *given, const char *base, const char *path, const char *value) {
    const char *text = find(given, base, path);
    return text && is_word(text, value);
}

int setup_integer(const setup *given, const char *base, const char *path, int64_t *value) {
    const char *text = find(given, base, path);
    char *end;
    if (!text) return 0;
    *value = strtoll(text, &end, 10);
    return end != text && *end == '\n' && *value < INT32_MAX && *value > INT32_MIN;
}

int setup_list(const setup *given, const char *base, const char *path, int64_t *values,
               size_t room, size_t *count) {
    const char *text = find(given, base, path);
    char *end;
    size_t k;
    if (!text) return 0;
    *count = (size_t)strtoull(text, &end, 10);
    if (end == text || *count > room) return 0;
    for (k = 0; k < *count; k++) {
        text = end;
        if (*text != ' ') return 0;
        values[k] = strtoll(text, &end, 10);
        if (values[k] > (int64_t)1 << 40 || values[k] < -((int64_t)1 << 40)) return 0;
    }
    return *end == '\n';
}

static int read_format(const char *text, fx_format *format) {
    char sign;
    if (sscanf(text, "%c%df%d", &sign, &format->width, &format->frac) != 3) return 0;
    format->is_signed = sign == 's';
    if (sign != 's' && sign != 'u') return 0;
    return format->width >= 1 && format->width <= FX_BITS && format->frac > -60 &&
           format->frac < 120;
}

int setup_format(const setup *given, const char *base, const char *path, fx_format *format) {
    const char *text = find(given, base, path);
    return text && read_format(text, format);
}

static int one_of(const setup *given, const char *base, const char *path,
                  const char *const *names, int count, int *found) {
    const char *text = find(given, base, path);
    for (*found = 0; text && *found < count; ++*found) {
        if (is_word(text, names[*found])) return 1;
    }
    return 0;
}

int setup_rounding(const setup *given, const char *base, fx_rounding *mode) {
    int found, known = one_of(given, base, "rounding", ROUNDINGS, 11, &found);
    *mode = (fx_rounding)(known ? found : 0);
    return known;
}

int setup_overflow(const setup *given, const char *base, const char *path, fx_overflow *mode) {
    int found, known = one_of(given, base, path, OVERFLOWS, 5, &found);
    *mode = (fx_overflow)(known ? found : 0);
    return known;
}

int setup_narrowing(const setup *given, const char *base, fx_format out, fx_narrowing *made) {
    made->format = out;
    return setup_rounding(given, base, &made->rounding) &&
           setup_overflow(given, base, "overflow", &made->overflow);
}

int setup_accumulator(const setup *given, const char *base, fx_accumulator *made) {
    char path[96];
    int found, length = snprintf(path, sizeof path, "%saccumulator.", base);
    if (length < 0 || (size_t)length >= sizeof path) return 0;
    if (!setup_is(given, path, "round_at", "end") || !setup_is(given, path, "init", "bias") ||
        !setup_is(given, path, "bias_at", "first") || !setup_is(given, path, "tile", "none") ||
        !setup_is(given, path, "order.kind", "sequential")) {
        return 0;
    }
    made->bounded = !setup_is(given, path, "format", "none");
    if (made->bounded && !setup_format(given, path, "format", &made->format)) return 0;
    if (!one_of(given, path, "check", CHECKS, 3, &found)) return 0;
    made->check = (fx_check)found;
    return setup_overflow(given, path, "overflow", &made->overflow);
}

/* The ports, in their order: lines `in.x.format s8f5` and `in.x.shape 2 4 4`. */
static int read_ports(setup *given, const char *side, setup_port *ports, size_t *count) {
    const char *line = given->text;
    char base[32], end[16];
    int64_t shape[SETUP_AXES];
    size_t side_length = strlen(side), k;
    for (*count = 0; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        setup_port *port = ports + *count;
        if (strncmp(line, side, side_length) != 0) continue;
        if (sscanf(line + side_length, "%23[^.].%15s", port->name, end) != 2) return 0;
        if (strcmp(end, "format") != 0) continue;
        if (*count == SETUP_PORTS) return 0;
        snprintf(base, sizeof base, "%s%s.", side, port->name);
        if (!setup_format(given, base, "format", &port->format)) return 0;
        if (!setup_list(given, base, "shape", shape, SETUP_AXES, &port->axes)) return 0;
        port->words = 1;
        for (k = 0; k < port->axes; k++) {
            port->shape[k] = (size_t)shape[k];
            port->words *= port->shape[k];
        }
        ++*count;
    }
    return 1;
}

fxcaps_status setup_read(setup *given, const char *text) {
    given->text = text;
    if (!read_ports(given, "in.", given->in, &given->ins)) return FXCAPS_SKIP;
    if (!read_ports(given, "out.", given->out, &given->outs)) return FXCAPS_SKIP;
    return FXCAPS_OK;
}
