/* The loop over instructions: what each kind of them does. */
#ifndef TOTPKEY_EXECUTE_H
#define TOTPKEY_EXECUTE_H

#include "decode.h"
#include "thumb.h"

#define LOW r[code & 7]
#define MIDDLE r[code >> 8 & 7]
#define BASE r[code >> 3 & 7]
#define INDEX r[code >> 6 & 7]
#define HIGH ((code >> 4 & 8) | (code & 7))
#define IMM3 (code >> 6 & 7)
#define IMM5 (code >> 6 & 0x1F)
#define IMM8 (code & 0xFF)
#define NEGATIVE (run.sign >> 31)
#define OVERFLOWN (run.overflow >> 31)
#define LESS ((run.sign ^ run.overflow) >> 31)

#define PLACE(KIND) &&KIND,
#define BEGIN \
    at = run.pc; \
    run.cycles++; \
    if (!fetch(&run, &code)) goto done; \
    goto *places[code >> KIND_SHIFT]
/* Each kind goes on by a jump of its own: the host's processor predicts that better than one jump for all. */
#define OP(KIND, ...) \
    KIND: __VA_ARGS__; \
    if (run.cycles >= core->until) goto done; \
    BEGIN;

/* Instructions, one at least, until something else wants a look. Returns where the last of them began. */
static uint32_t run_instructions(Core *core) {
    static const void *const of_kind[] = {ALL_KINDS(PLACE)};
    static const void *places[KINDS];
    Run run = pick_up(core);
    uint32_t *r = core->r, at, code;
    if (!places[0])
        for (code = 0; code < KINDS; code++) places[code] = of_kind[kind_of(code << KIND_SHIFT)];
    BEGIN;
    OP(LSL_IMM, LOW = shift_left(&run, BASE, IMM5))
    OP(LSR_IMM, LOW = shift_right(&run, BASE, IMM5 ? IMM5 : 32))
    OP(ASR_IMM, LOW = shift_right_arithmetic(&run, BASE, IMM5 ? IMM5 : 32))
    OP(ADD_REG, LOW = add_with_carry(&run, BASE, INDEX, 0))
    OP(SUB_REG, LOW = subtract(&run, BASE, INDEX))
    OP(ADD_IMM3, LOW = add_with_carry(&run, BASE, IMM3, 0))
    OP(SUB_IMM3, LOW = subtract(&run, BASE, IMM3))
    OP(MOV_IMM, set_nz(&run, MIDDLE = IMM8))
    OP(CMP_IMM, subtract(&run, MIDDLE, IMM8))
    OP(ADD_IMM8, MIDDLE = add_with_carry(&run, MIDDLE, IMM8, 0))
    OP(SUB_IMM8, MIDDLE = subtract(&run, MIDDLE, IMM8))
    OP(AND, LOW = set_nz(&run, LOW & BASE))
    OP(EOR, LOW = set_nz(&run, LOW ^ BASE))
    OP(LSL_REG, LOW = shift_left(&run, LOW, BASE & 0xFF))
    OP(LSR_REG, LOW = shift_right(&run, LOW, BASE & 0xFF))
    OP(ASR_REG, LOW = shift_right_arithmetic(&run, LOW, BASE & 0xFF))
    OP(ADC, LOW = add_with_carry(&run, LOW, BASE, run.carry))
    OP(SBC, LOW = add_with_carry(&run, LOW, ~BASE, run.carry))
    OP(ROR, LOW = rotate_right(&run, LOW, BASE & 0xFF))
    OP(TST, set_nz(&run, LOW & BASE))
    OP(RSB, LOW = subtract(&run, 0, BASE))
    OP(CMP_REG, subtract(&run, LOW, BASE))
    OP(CMN, add_with_carry(&run, LOW, BASE, 0))
    OP(ORR, LOW = set_nz(&run, LOW | BASE))
    OP(MUL, LOW = set_nz(&run, LOW * BASE))
    OP(BIC, LOW = set_nz(&run, LOW & ~BASE))
    OP(MVN, LOW = set_nz(&run, ~BASE))
    OP(ADD_HIGH, write_high(&run, HIGH, operand(&run, HIGH) + operand(&run, code >> 3 & 0xF)))
    OP(CMP_HIGH, subtract(&run, operand(&run, HIGH), operand(&run, code >> 3 & 0xF)))
    OP(MOV_HIGH, write_high(&run, HIGH, operand(&run, code >> 3 & 0xF)))
    OP(BX, branch_exchange(&run, operand(&run, code >> 3 & 0xF)))
    OP(BLX, branch_with_link_exchange(&run, operand(&run, code >> 3 & 0xF)))
    OP(LDR_LITERAL, MIDDLE = load32(&run, ((run.pc + 2) & ~3u) + (IMM8 << 2)))
    OP(STR_REG, store32(&run, BASE + INDEX, LOW))
    OP(STRH_REG, store16(&run, BASE + INDEX, LOW))
    OP(STRB_REG, store8(&run, BASE + INDEX, LOW))
    OP(LDRSB_REG, LOW = (uint32_t)(int8_t)load8(&run, BASE + INDEX))
    OP(LDR_REG, LOW = load32(&run, BASE + INDEX))
    OP(LDRH_REG, LOW = load16(&run, BASE + INDEX))
    OP(LDRB_REG, LOW = load8(&run, BASE + INDEX))
    OP(LDRSH_REG, LOW = (uint32_t)(int16_t)load16(&run, BASE + INDEX))
    OP(STR_IMM, store32(&run, BASE + (IMM5 << 2), LOW))
    OP(LDR_IMM, LOW = load32(&run, BASE + (IMM5 << 2)))
    OP(STRB_IMM, store8(&run, BASE + IMM5, LOW))
    OP(LDRB_IMM, LOW = load8(&run, BASE + IMM5))
    OP(STRH_IMM, store16(&run, BASE + (IMM5 << 1), LOW))
    OP(LDRH_IMM, LOW = load16(&run, BASE + (IMM5 << 1)))
    OP(STR_SP, store32(&run, r[SP] + (IMM8 << 2), MIDDLE))
    OP(LDR_SP, MIDDLE = load32(&run, r[SP] + (IMM8 << 2)))
    OP(ADR, MIDDLE = ((run.pc + 2) & ~3u) + (IMM8 << 2))
    OP(ADD_SP, MIDDLE = r[SP] + (IMM8 << 2))
    OP(MOVE_SP, r[SP] += (code & 0x7F) * (code & 0x80 ? -4u : 4u))
    OP(MISCELLANEOUS, core->cycles = run.cycles; miscellaneous(core, code); run.cycles = core->cycles)
    OP(SXTH, LOW = (uint32_t)(int16_t)BASE)
    OP(SXTB, LOW = (uint32_t)(int8_t)BASE)
    OP(UXTH, LOW = BASE & 0xFFFF)
    OP(UXTB, LOW = BASE & 0xFF)
    OP(PUSH, push(&run, IMM8 | (code & 0x100) << 6))
    OP(POP, pop(&run, IMM8, code >> 8 & 1))
    OP(STM, store_multiple(&run, code >> 8 & 7, IMM8))
    OP(LDM, load_multiple(&run, code >> 8 & 7, IMM8))
    OP(BEQ, branch_if(&run, !run.nonzero, code))
    OP(BNE, branch_if(&run, run.nonzero, code))
    OP(BCS, branch_if(&run, run.carry, code))
    OP(BCC, branch_if(&run, !run.carry, code))
    OP(BMI, branch_if(&run, NEGATIVE, code))
    OP(BPL, branch_if(&run, !NEGATIVE, code))
    OP(BVS, branch_if(&run, OVERFLOWN, code))
    OP(BVC, branch_if(&run, !OVERFLOWN, code))
    OP(BHI, branch_if(&run, run.carry && run.nonzero, code))
    OP(BLS, branch_if(&run, !run.carry || !run.nonzero, code))
    OP(BGE, branch_if(&run, !LESS, code))
    OP(BLT, branch_if(&run, LESS, code))
    OP(BGT, branch_if(&run, run.nonzero && !LESS, code))
    OP(BLE, branch_if(&run, !run.nonzero || LESS, code))
    OP(SVC, core->system_pending |= 1u << EXC_SVCALL; look(core))
    OP(B, branch(&run, run.pc + 2 + (uint32_t)((int32_t)(code << 21) >> 20)))
    OP(WIDE, wide_instruction(&run, code))
    UDF: UNDEFINED: bus_fault(core);
done:
    put_down(&run);
    return at;
}

#undef LOW
#undef MIDDLE
#undef BASE
#undef INDEX
#undef HIGH
#undef IMM3
#undef IMM5
#undef IMM8
#undef NEGATIVE
#undef OVERFLOWN
#undef LESS
#undef PLACE
#undef BEGIN
#undef OP

#endif
