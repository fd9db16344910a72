/* What kind of instruction a halfword begins: decided once for its upper ten bits (DDI 0419 section A5.2). */
#ifndef TOTPKEY_DECODE_H
#define TOTPKEY_DECODE_H

#include <stdint.h>

#define ALL_KINDS(X) \
    X(LSL_IMM) X(LSR_IMM) X(ASR_IMM) X(ADD_REG) X(SUB_REG) X(ADD_IMM3) X(SUB_IMM3) X(MOV_IMM) X(CMP_IMM) \
    X(ADD_IMM8) X(SUB_IMM8) X(AND) X(EOR) X(LSL_REG) X(LSR_REG) X(ASR_REG) X(ADC) X(SBC) X(ROR) X(TST) X(RSB) \
    X(CMP_REG) X(CMN) X(ORR) X(MUL) X(BIC) X(MVN) X(ADD_HIGH) X(CMP_HIGH) X(MOV_HIGH) X(BX) X(BLX) X(LDR_LITERAL) \
    X(STR_REG) X(STRH_REG) X(STRB_REG) X(LDRSB_REG) X(LDR_REG) X(LDRH_REG) X(LDRB_REG) X(LDRSH_REG) X(STR_IMM) \
    X(LDR_IMM) X(STRB_IMM) X(LDRB_IMM) X(STRH_IMM) X(LDRH_IMM) X(STR_SP) X(LDR_SP) X(ADR) X(ADD_SP) X(MOVE_SP) \
    X(MISCELLANEOUS) X(SXTH) X(SXTB) X(UXTH) X(UXTB) X(PUSH) X(POP) X(STM) X(LDM) X(BEQ) X(BNE) X(BCS) X(BCC) \
    X(BMI) X(BPL) X(BVS) X(BVC) X(BHI) X(BLS) X(BGE) X(BLT) X(BGT) X(BLE) X(UDF) X(SVC) X(B) X(WIDE) X(UNDEFINED)
#define NAME(KIND) KIND,
enum Kind { ALL_KINDS(NAME) };
#undef NAME

enum { KIND_SHIFT = 6, KINDS = 1 << (16 - KIND_SHIFT) };

static uint8_t kind_of_special(uint32_t code) {
    static const uint8_t kinds[] = {ADD_HIGH, CMP_HIGH, MOV_HIGH};
    uint32_t which = code >> 8 & 3;
    return which < 3 ? kinds[which] : code & 0x80 ? BLX : BX;
}

static uint8_t kind_of_miscellaneous(uint32_t code) {
    static const uint8_t extends[] = {SXTH, SXTB, UXTH, UXTB};
    switch (code >> 8 & 0xF) {
    case 0x0: return MOVE_SP;
    case 0x2: return extends[code >> 6 & 3];
    case 0x4: case 0x5: return PUSH;
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

#endif
