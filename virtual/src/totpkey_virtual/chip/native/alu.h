/* Arithmetic and shifts, with the flags that they set (DDI 0419 sections A2.2.1 and A5.2.2). */
#ifndef TOTPKEY_ALU_H
#define TOTPKEY_ALU_H

#include "run.h"

INLINE uint32_t set_nz(Run *run, uint32_t result) {
    run->sign = run->nonzero = result;
    return result;
}

INLINE uint32_t add_with_carry(Run *run, uint32_t left, uint32_t right, uint32_t carry) {
    uint64_t wide = (uint64_t)left + right + carry;
    uint32_t result = (uint32_t)wide;
    run->carry = (uint32_t)(wide >> 32);
    run->overflow = ~(left ^ right) & (left ^ result);
    return set_nz(run, result);
}

INLINE uint32_t subtract(Run *run, uint32_t left, uint32_t right) {
    uint32_t result = left - right;
    run->carry = left >= right;
    run->overflow = (left ^ right) & (left ^ result);
    return set_nz(run, result);
}

INLINE uint32_t shift_left(Run *run, uint32_t value, uint32_t by) {
    if (by) run->carry = by <= 32 ? (uint32_t)((uint64_t)value << by >> 32) & 1 : 0;
    return set_nz(run, by < 32 ? value << by : 0);
}

INLINE uint32_t shift_right(Run *run, uint32_t value, uint32_t by) {
    if (by) run->carry = by <= 32 ? (uint32_t)((uint64_t)value >> (by - 1)) & 1 : 0;
    return set_nz(run, by < 32 ? value >> by : 0);
}

INLINE uint32_t shift_right_arithmetic(Run *run, uint32_t value, uint32_t by) {
    int64_t extended = (int32_t)value;
    if (by > 32) by = 32;
    if (by) run->carry = (uint32_t)(extended >> (by - 1)) & 1;
    return set_nz(run, (uint32_t)(extended >> by));
}

INLINE uint32_t rotate_right(Run *run, uint32_t value, uint32_t by) {
    uint32_t turn = by & 31, result = turn ? value >> turn | value << (32 - turn) : value;
    if (by) run->carry = result >> 31;
    return set_nz(run, result);
}

#endif
