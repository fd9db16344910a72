/* Where instructions come from: a window onto the memory that the last of them lay in. */
#ifndef TOTPKEY_FETCH_H
#define TOTPKEY_FETCH_H

#include "bus.h"

/* Let the memory that `at` lies in be the window. NULL where there is none to run code from. */
SELDOM const uint8_t *open_window(Core *core, uint32_t at) {
    uint32_t size = at >> 28 == 0 ? ROM_SIZE : at >> 28 == 1 ? core->flash_mask + 1 : SRAM_SIZE;
    uint32_t start = at >> 28 == 1 ? at & ~core->flash_mask : at & 0xF0000000;
    const uint8_t *code = memory(core, at, 0);
    if (code && at >> 28 <= 2) {
        core->window = code - (at - start);
        core->window_start = start;
        core->window_size = size;
    }
    return code;
}

/* The next halfword of code, and on to the one after it. False after a bus fault. */
INLINE int fetch(Run *run, uint32_t *halfword) {
    Core *core = run->core;
    uint32_t offset = run->pc - core->window_start;
    const uint8_t *at = core->window + offset;
    uint16_t code;
    if (offset >= core->window_size && !(at = open_window(core, run->pc))) { bus_fault(core); return 0; }
    memcpy(&code, at, 2);
    *halfword = code;
    run->pc += 2;
    return 1;
}

#endif
