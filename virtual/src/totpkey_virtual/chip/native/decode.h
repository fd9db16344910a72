/* What kind of instruction a halfword begins: decided once for its upper ten bits (DDI 0419 section A5.2). */
#ifndef TOTPKEY_DECODE_H
#define TOTPKEY_DECODE_H

#include <stdint.h>

#include "instructions.h"

#define NAME(KIND, ...) KIND,
enum Kind { INSTRUCTIONS(NAME, NAME, NAME) };
#undef NAME

enum { KIND_SHIFT = 6, KINDS = 1 << (16 - KIND_SHIFT) };

static uint8_t kind_of_special(uint32_t code) {
    static const uint8_t kinds[] = {ADD_HIGH, CMP_HIGH, MOV_HIGH};
    uint32_t which = code >> 8 & 3;
    return which < 3 ? kinds[which] : code & 0x80 ? BLX : BX;
}

static uint8_t kind_of_miscellaneous(uint32_t code) {
    static const uint8_t extends[] = {SXTH, SXTB, UXTH, UXTB}, reverses[] = {REV, REV16, UNDEFINED, REVSH};
    switch (code >> 8 & 0xF) {
    case 0x0: return MOVE_SP;
    case 0x2: return extends[code >> 6 & 3];
    case 0x4: case 0x5: return PUSH;
    case 0xA: return reverses[code >> 6 & 3];
    case 0xC: case 0xD: return POP;
    default: return MISCELLANEOUS;
    }
}

static uint8_t kind_of(uint32_t code) {
    static const uint8_t add_and_subtract[] = {ADD_REG, SUB_REG, ADD_IMM3, SUB_IMM3};
    switch (code >> 11) {
    case 0x00: return LSL_IMM;
    case 0x01: return LSR_IMM;
    case 0x02: return ASR_IMM;
    case 0x03: return add_and_subtract[code >> 9 & 3];
    case 0x04: return MOV_IMM;
    case 0x05: return CMP_IMM;
    case 0x06: return ADD_IMM8;
    case 0x07: return SUB_IMM8;
    case 0x08: return code & 0x400 ? kind_of_special(code) : (uint8_t)(AND + (code >> 6 & 0xF));
    case 0x09: return LDR_LITERAL;
    case 0x0A: case 0x0B: return (uint8_t)(STR_REG + (code >> 9 & 7));
    case 0x0C: case 0x0D: case 0x0E: case 0x0F: case 0x10: case 0x11: case 0x12: case 0x13:
        return (uint8_t)(STR_IMM + ((code >> 11) - 0x0C));
    case 0x14: return ADR;
    case 0x15: return ADD_SP;
    case 0x16: case 0x17: return kind_of_miscellaneous(code);
    case 0x18: return STM;
    case 0x19: return LDM;
    case 0x1A: case 0x1B: return (uint8_t)(BEQ + (code >> 8 & 0xF));
    case 0x1C: return B;
    case 0x1E: return WIDE;
    default: return UNDEFINED;
    }
}

static const char *name_of(uint8_t kind) {
#define NAME(KIND, ...) #KIND,
    static const char *const names[] = {INSTRUCTIONS(NAME, NAME, NAME)};
#undef NAME
    return names[kind];
}

#endif
