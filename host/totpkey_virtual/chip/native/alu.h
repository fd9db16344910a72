/* Arithmetic, shifts and the sixteen register operations (DDI 0419 section A5.2.2). */
#ifndef TOTPKEY_ALU_H
#define TOTPKEY_ALU_H

#include "core.h"

static inline void set_nz(Core *core, uint32_t result) {
    core->n = result >> 31;
    core->z = result == 0;
}

static inline uint32_t add_with_carry(Core *core, uint32_t left, uint32_t right, uint32_t carry) {
    uint64_t wide = (uint64_t)left + right + carry;
    uint32_t result = (uint32_t)wide;
    core->c = (uint32_t)(wide >> 32);
    core->v = (~(left ^ right) & (left ^ result)) >> 31;
    set_nz(core, result);
    return result;
}

static inline uint32_t subtract(Core *core, uint32_t left, uint32_t right) {
    return add_with_carry(core, left, ~right, 1);
}

static uint32_t shift_left(Core *core, uint32_t value, uint32_t by) {
    if (by) core->c = by <= 32 ? (uint32_t)((uint64_t)value << by >> 32) & 1 : 0;
    return by < 32 ? value << by : 0;
}

static uint32_t shift_right(Core *core, uint32_t value, uint32_t by) {
    if (by) core->c = by <= 32 ? (uint32_t)((uint64_t)value >> (by - 1)) & 1 : 0;
    return by < 32 ? value >> by : 0;
}

static uint32_t shift_right_arithmetic(Core *core, uint32_t value, uint32_t by) {
    int64_t extended = (int32_t)value;
    if (by > 32) by = 32;
    if (by) core->c = (uint32_t)(extended >> (by - 1)) & 1;
    return (uint32_t)(extended >> by);
}

static uint32_t rotate_right(Core *core, uint32_t value, uint32_t by) {
    uint32_t turn = by & 31, result = turn ? value >> turn | value << (32 - turn) : value;
    if (by) core->c = result >> 31;
    return result;
}

static void data_processing(Core *core, uint32_t code) {
    uint32_t *d = &core->r[code & 7], m = core->r[code >> 3 & 7];
    switch (code >> 6 & 0xF) {
    case 0x0: set_nz(core, *d &= m); break;
    case 0x1: set_nz(core, *d ^= m); break;
    case 0x2: set_nz(core, *d = shift_left(core, *d, m & 0xFF)); break;
    case 0x3: set_nz(core, *d = shift_right(core, *d, m & 0xFF)); break;
    case 0x4: set_nz(core, *d = shift_right_arithmetic(core, *d, m & 0xFF)); break;
    case 0x5: *d = add_with_carry(core, *d, m, core->c); break;
    case 0x6: *d = add_with_carry(core, *d, ~m, core->c); break;
    case 0x7: set_nz(core, *d = rotate_right(core, *d, m & 0xFF)); break;
    case 0x8: set_nz(core, *d & m); break;
    case 0x9: *d = subtract(core, 0, m); break;
    case 0xA: subtract(core, *d, m); break;
    case 0xB: add_with_carry(core, *d, m, 0); break;
    case 0xC: set_nz(core, *d |= m); break;
    case 0xD: set_nz(core, *d *= m); break;
    case 0xE: set_nz(core, *d &= ~m); break;
    default: set_nz(core, *d = ~m); break;
    }
}

#endif
