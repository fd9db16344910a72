/* One instruction: what each kind of it does. */
#ifndef TOTPKEY_EXECUTE_H
#define TOTPKEY_EXECUTE_H

#include "decode.h"
#include "thumb.h"

static inline void execute(Core *core, uint32_t code) {
    uint32_t *r = core->r, imm5 = code >> 6 & 0x1F, imm8 = code & 0xFF;
#define LOW r[code & 7]
#define MIDDLE r[code >> 8 & 7]
#define BASE r[code >> 3 & 7]
#define INDEX r[code >> 6 & 7]
#define HIGH (code >> 4 & 8 | (code & 7))
    switch (kinds[code >> KIND_SHIFT]) {
    case LSL_IMM: set_nz(core, LOW = shift_left(core, BASE, imm5)); break;
    case LSR_IMM: set_nz(core, LOW = shift_right(core, BASE, imm5 ? imm5 : 32)); break;
    case ASR_IMM: set_nz(core, LOW = shift_right_arithmetic(core, BASE, imm5 ? imm5 : 32)); break;
    case ADD_REG: LOW = add_with_carry(core, BASE, INDEX, 0); break;
    case SUB_REG: LOW = subtract(core, BASE, INDEX); break;
    case ADD_IMM3: LOW = add_with_carry(core, BASE, imm5 & 7, 0); break;
    case SUB_IMM3: LOW = subtract(core, BASE, imm5 & 7); break;
    case MOV_IMM: set_nz(core, MIDDLE = imm8); break;
    case CMP_IMM: subtract(core, MIDDLE, imm8); break;
    case ADD_IMM8: MIDDLE = add_with_carry(core, MIDDLE, imm8, 0); break;
    case SUB_IMM8: MIDDLE = subtract(core, MIDDLE, imm8); break;
    case DATA_PROCESSING: data_processing(core, code); break;
    case TST: set_nz(core, LOW & BASE); break;
    case CMP_REG: subtract(core, LOW, BASE); break;
    case ADD_HIGH: write_high(core, HIGH, operand(core, HIGH) + operand(core, code >> 3 & 0xF)); break;
    case CMP_HIGH: subtract(core, operand(core, HIGH), operand(core, code >> 3 & 0xF)); break;
    case MOV_HIGH: write_high(core, HIGH, operand(core, code >> 3 & 0xF)); break;
    case BX: branch_exchange(core, operand(core, code >> 3 & 0xF)); break;
    case BLX: branch_with_link_exchange(core, operand(core, code >> 3 & 0xF)); break;
    case LDR_LITERAL: MIDDLE = load32(core, ((r[PC] + 2) & ~3u) + (imm8 << 2)); break;
    case STR_REG: store32(core, BASE + INDEX, LOW); break;
    case STRH_REG: store16(core, BASE + INDEX, LOW); break;
    case STRB_REG: store8(core, BASE + INDEX, LOW); break;
    case LDRSB_REG: LOW = (uint32_t)(int8_t)load8(core, BASE + INDEX); break;
    case LDR_REG: LOW = load32(core, BASE + INDEX); break;
    case LDRH_REG: LOW = load16(core, BASE + INDEX); break;
    case LDRB_REG: LOW = load8(core, BASE + INDEX); break;
    case LDRSH_REG: LOW = (uint32_t)(int16_t)load16(core, BASE + INDEX); break;
    case STR_IMM: store32(core, BASE + (imm5 << 2), LOW); break;
    case LDR_IMM: LOW = load32(core, BASE + (imm5 << 2)); break;
    case STRB_IMM: store8(core, BASE + imm5, LOW); break;
    case LDRB_IMM: LOW = load8(core, BASE + imm5); break;
    case STRH_IMM: store16(core, BASE + (imm5 << 1), LOW); break;
    case LDRH_IMM: LOW = load16(core, BASE + (imm5 << 1)); break;
    case STR_SP: store32(core, r[SP] + (imm8 << 2), MIDDLE); break;
    case LDR_SP: MIDDLE = load32(core, r[SP] + (imm8 << 2)); break;
    case ADR: MIDDLE = ((r[PC] + 2) & ~3u) + (imm8 << 2); break;
    case ADD_SP: MIDDLE = r[SP] + (imm8 << 2); break;
    case MISCELLANEOUS: miscellaneous(core, code); break;
    case SXTH: LOW = (uint32_t)(int16_t)BASE; break;
    case SXTB: LOW = (uint32_t)(int8_t)BASE; break;
    case UXTH: LOW = BASE & 0xFFFF; break;
    case UXTB: LOW = BASE & 0xFF; break;
    case PUSH: push(core, imm8 | (code & 0x100) << 6); break;
    case POP: pop(core, imm8, code >> 8 & 1); break;
    case STM: store_multiple(core, code >> 8 & 7, imm8); break;
    case LDM: load_multiple(core, code >> 8 & 7, imm8); break;
    case BEQ: branch_if(core, core->z, code); break;
    case BNE: branch_if(core, !core->z, code); break;
    case BCS: branch_if(core, core->c, code); break;
    case BCC: branch_if(core, !core->c, code); break;
    case BMI: branch_if(core, core->n, code); break;
    case BPL: branch_if(core, !core->n, code); break;
    case BVS: branch_if(core, core->v, code); break;
    case BVC: branch_if(core, !core->v, code); break;
    case BHI: branch_if(core, core->c && !core->z, code); break;
    case BLS: branch_if(core, !core->c || core->z, code); break;
    case BGE: branch_if(core, core->n == core->v, code); break;
    case BLT: branch_if(core, core->n != core->v, code); break;
    case BGT: branch_if(core, !core->z && core->n == core->v, code); break;
    case BLE: branch_if(core, core->z || core->n != core->v, code); break;
    case SVC: core->system_pending |= 1u << EXC_SVCALL; look(core); break;
    case B: branch(core, r[PC] + 2 + (uint32_t)((int32_t)(code << 21) >> 20)); break;
    case WIDE: wide_instruction(core, code); break;
    default: bus_fault(core); /* UDF, and what is not defined */
    }
#undef LOW
#undef MIDDLE
#undef BASE
#undef INDEX
#undef HIGH
}

#endif
