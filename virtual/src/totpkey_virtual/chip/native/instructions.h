/* What each kind of instruction does (DDI 0419 chapter A6), said once for the loop and for translated code.
 *
 * A body acts on `run`, on the registers `r` and on the halfword `code`. What it does not find there is seldom
 * needed and goes to the `Core`. A JUMP may go elsewhere, a SYSTEM instruction may change the processor's state, and
 * a STEP does neither. */
#ifndef TOTPKEY_INSTRUCTIONS_H
#define TOTPKEY_INSTRUCTIONS_H

#include "thumb.h"

#define LOW r[code & 7]
#define MIDDLE r[code >> 8 & 7]
#define BASE r[code >> 3 & 7]
#define INDEX r[code >> 6 & 7]
#define HIGH ((code >> 4 & 8) | (code & 7))
#define IMM3 (code >> 6 & 7)
#define IMM5 (code >> 6 & 0x1F)
#define IMM8 (code & 0xFF)
#define NEGATIVE (run->sign >> 31)
#define OVERFLOWN (run->overflow >> 31)
#define LESS ((run->sign ^ run->overflow) >> 31)

#define INSTRUCTIONS(STEP, JUMP, SYSTEM) \
    STEP(LSL_IMM, LOW = shift_left(run, BASE, IMM5)) \
    STEP(LSR_IMM, LOW = shift_right(run, BASE, IMM5 ? IMM5 : 32)) \
    STEP(ASR_IMM, LOW = shift_right_arithmetic(run, BASE, IMM5 ? IMM5 : 32)) \
    STEP(ADD_REG, LOW = add_with_carry(run, BASE, INDEX, 0)) \
    STEP(SUB_REG, LOW = subtract(run, BASE, INDEX)) \
    STEP(ADD_IMM3, LOW = add_with_carry(run, BASE, IMM3, 0)) \
    STEP(SUB_IMM3, LOW = subtract(run, BASE, IMM3)) \
    STEP(MOV_IMM, set_nz(run, MIDDLE = IMM8)) \
    STEP(CMP_IMM, subtract(run, MIDDLE, IMM8)) \
    STEP(ADD_IMM8, MIDDLE = add_with_carry(run, MIDDLE, IMM8, 0)) \
    STEP(SUB_IMM8, MIDDLE = subtract(run, MIDDLE, IMM8)) \
    STEP(AND, LOW = set_nz(run, LOW & BASE)) \
    STEP(EOR, LOW = set_nz(run, LOW ^ BASE)) \
    STEP(LSL_REG, LOW = shift_left(run, LOW, BASE & 0xFF)) \
    STEP(LSR_REG, LOW = shift_right(run, LOW, BASE & 0xFF)) \
    STEP(ASR_REG, LOW = shift_right_arithmetic(run, LOW, BASE & 0xFF)) \
    STEP(ADC, LOW = add_with_carry(run, LOW, BASE, run->carry)) \
    STEP(SBC, LOW = add_with_carry(run, LOW, ~BASE, run->carry)) \
    STEP(ROR, LOW = rotate_right(run, LOW, BASE & 0xFF)) \
    STEP(TST, set_nz(run, LOW & BASE)) \
    STEP(RSB, LOW = subtract(run, 0, BASE)) \
    STEP(CMP_REG, subtract(run, LOW, BASE)) \
    STEP(CMN, add_with_carry(run, LOW, BASE, 0)) \
    STEP(ORR, LOW = set_nz(run, LOW | BASE)) \
    STEP(MUL, LOW = set_nz(run, LOW * BASE)) \
    STEP(BIC, LOW = set_nz(run, LOW & ~BASE)) \
    STEP(MVN, LOW = set_nz(run, ~BASE)) \
    JUMP(ADD_HIGH, write_high(run, r, HIGH, operand(run, r, HIGH) + operand(run, r, code >> 3 & 0xF))) \
    STEP(CMP_HIGH, subtract(run, operand(run, r, HIGH), operand(run, r, code >> 3 & 0xF))) \
    JUMP(MOV_HIGH, write_high(run, r, HIGH, operand(run, r, code >> 3 & 0xF))) \
    JUMP(BX, branch_exchange(run, operand(run, r, code >> 3 & 0xF))) \
    JUMP(BLX, branch_with_link_exchange(run, r, operand(run, r, code >> 3 & 0xF))) \
    STEP(LDR_LITERAL, MIDDLE = load32(run, ((run->pc + 2) & ~3u) + (IMM8 << 2))) \
    STEP(STR_REG, store32(run, BASE + INDEX, LOW)) \
    STEP(STRH_REG, store16(run, BASE + INDEX, LOW)) \
    STEP(STRB_REG, store8(run, BASE + INDEX, LOW)) \
    STEP(LDRSB_REG, LOW = (uint32_t)(int8_t)load8(run, BASE + INDEX)) \
    STEP(LDR_REG, LOW = load32(run, BASE + INDEX)) \
    STEP(LDRH_REG, LOW = load16(run, BASE + INDEX)) \
    STEP(LDRB_REG, LOW = load8(run, BASE + INDEX)) \
    STEP(LDRSH_REG, LOW = (uint32_t)(int16_t)load16(run, BASE + INDEX)) \
    STEP(STR_IMM, store32(run, BASE + (IMM5 << 2), LOW)) \
    STEP(LDR_IMM, LOW = load32(run, BASE + (IMM5 << 2))) \
    STEP(STRB_IMM, store8(run, BASE + IMM5, LOW)) \
    STEP(LDRB_IMM, LOW = load8(run, BASE + IMM5)) \
    STEP(STRH_IMM, store16(run, BASE + (IMM5 << 1), LOW)) \
    STEP(LDRH_IMM, LOW = load16(run, BASE + (IMM5 << 1))) \
    STEP(STR_SP, store32(run, r[SP] + (IMM8 << 2), MIDDLE)) \
    STEP(LDR_SP, MIDDLE = load32(run, r[SP] + (IMM8 << 2))) \
    STEP(ADR, MIDDLE = ((run->pc + 2) & ~3u) + (IMM8 << 2)) \
    STEP(ADD_SP, MIDDLE = r[SP] + (IMM8 << 2)) \
    STEP(MOVE_SP, r[SP] += (code & 0x7F) * (code & 0x80 ? -4u : 4u)) \
    SYSTEM(MISCELLANEOUS, miscellaneous_instruction(run, code)) \
    STEP(REV, LOW = reverse_bytes(BASE)) \
    STEP(REV16, LOW = (BASE >> 8 & 0x00FF00FF) | (BASE << 8 & 0xFF00FF00)) \
    STEP(REVSH, LOW = (uint32_t)(int16_t)((BASE >> 8 & 0xFF) | BASE << 8)) \
    STEP(SXTH, LOW = (uint32_t)(int16_t)BASE) \
    STEP(SXTB, LOW = (uint32_t)(int8_t)BASE) \
    STEP(UXTH, LOW = BASE & 0xFFFF) \
    STEP(UXTB, LOW = BASE & 0xFF) \
    STEP(PUSH, push(run, r, IMM8 | (code & 0x100) << 6)) \
    JUMP(POP, pop(run, r, IMM8, code >> 8 & 1)) \
    STEP(STM, store_multiple(run, r, code >> 8 & 7, IMM8)) \
    STEP(LDM, load_multiple(run, r, code >> 8 & 7, IMM8)) \
    JUMP(BEQ, branch_if(run, !run->nonzero, code)) \
    JUMP(BNE, branch_if(run, run->nonzero, code)) \
    JUMP(BCS, branch_if(run, run->carry, code)) \
    JUMP(BCC, branch_if(run, !run->carry, code)) \
    JUMP(BMI, branch_if(run, NEGATIVE, code)) \
    JUMP(BPL, branch_if(run, !NEGATIVE, code)) \
    JUMP(BVS, branch_if(run, OVERFLOWN, code)) \
    JUMP(BVC, branch_if(run, !OVERFLOWN, code)) \
    JUMP(BHI, branch_if(run, run->carry && run->nonzero, code)) \
    JUMP(BLS, branch_if(run, !run->carry || !run->nonzero, code)) \
    JUMP(BGE, branch_if(run, !LESS, code)) \
    JUMP(BLT, branch_if(run, LESS, code)) \
    JUMP(BGT, branch_if(run, run->nonzero && !LESS, code)) \
    JUMP(BLE, branch_if(run, !run->nonzero || LESS, code)) \
    JUMP(UDF, bus_fault(run->core)) \
    JUMP(SVC, run->core->system_pending |= 1u << EXC_SVCALL; look(run->core)) \
    JUMP(B, branch(run, run->pc + 2 + (uint32_t)((int32_t)(code << 21) >> 20))) \
    JUMP(WIDE, wide_instruction(run, r, code)) \
    JUMP(UNDEFINED, bus_fault(run->core))

/* What kind of instruction a halfword begins: decided once for its upper ten bits (DDI 0419 section A5.2). */
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

/* One function for each kind of instruction. */
#define DEFINE(KIND, ...) \
    INLINE void execute_##KIND(Run *run, uint32_t *r, uint32_t code) { (void)r, (void)code; __VA_ARGS__; }
INSTRUCTIONS(DEFINE, DEFINE, DEFINE)
#undef DEFINE

#endif
