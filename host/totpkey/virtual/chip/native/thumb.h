/* The Thumb instructions of ARMv6-M (DDI 0419 chapter A6). */
#ifndef TOTPKEY_THUMB_H
#define TOTPKEY_THUMB_H

#include "alu.h"
#include "exceptions.h"

static inline void branch(Core *core, uint32_t target) {
    core->r[PC] = target & ~1u;
    core->cycles++;
}

/* BX and POP: an EXC_RETURN value in a handler ends the exception. */
static void branch_exchange(Core *core, uint32_t target) {
    if (core->ipsr && target >> 28 == 0xF) {
        return_from_exception(core, target);
    } else if (target & 1) {
        branch(core, target);
    } else {
        bus_fault(core); /* there is no ARM state */
    }
}

static inline uint32_t operand(const Core *core, uint32_t number) {
    return number == PC ? core->r[PC] + 2 : core->r[number];
}

static void write_high(Core *core, uint32_t number, uint32_t value) {
    if (number == PC) branch(core, value);
    else core->r[number] = number == SP ? value & ~3u : value;
}

static void special_data(Core *core, uint32_t code) {
    uint32_t d = (code >> 4 & 8) | (code & 7), m = operand(core, code >> 3 & 0xF);
    switch (code >> 8 & 3) {
    case 0: write_high(core, d, operand(core, d) + m); break;
    case 1: subtract(core, operand(core, d), m); break;
    case 2: write_high(core, d, m); break;
    default:
        if (code & 0x80) core->r[LR] = core->r[PC] | 1; /* BLX */
        branch_exchange(core, m);
    }
}

static void load_store_register(Core *core, uint32_t code) {
    uint32_t *t = &core->r[code & 7], address = core->r[code >> 3 & 7] + core->r[code >> 6 & 7];
    switch (code >> 9 & 7) {
    case 0: store32(core, address, *t); break;
    case 1: store16(core, address, *t); break;
    case 2: store8(core, address, *t); break;
    case 3: *t = (uint32_t)(int8_t)load8(core, address); break;
    case 4: *t = load32(core, address); break;
    case 5: *t = load16(core, address); break;
    case 6: *t = load8(core, address); break;
    default: *t = (uint32_t)(int16_t)load16(core, address); break;
    }
}

static void push(Core *core, uint32_t list) {
    uint32_t address = core->r[SP], number;
    for (number = 0; number < 16; number++) address -= 4 * (list >> number & 1);
    core->r[SP] = address;
    for (number = 0; number < 16; number++) {
        if (!(list >> number & 1)) continue;
        store32(core, address, core->r[number]);
        address += 4;
    }
}

static void pop(Core *core, uint32_t list, uint32_t with_pc) {
    uint32_t address = core->r[SP], number, target;
    for (number = 0; number < 8; number++) {
        if (!(list >> number & 1)) continue;
        core->r[number] = load32(core, address);
        address += 4;
    }
    core->r[SP] = address + 4 * with_pc;
    if (!with_pc) return;
    target = load32(core, address);
    core->cycles++;
    branch_exchange(core, target);
}

static void store_multiple(Core *core, uint32_t base, uint32_t list) {
    uint32_t address = core->r[base], number;
    for (number = 0; number < 8; number++) {
        if (!(list >> number & 1)) continue;
        store32(core, address, core->r[number]);
        address += 4;
    }
    core->r[base] = address;
}

static void load_multiple(Core *core, uint32_t base, uint32_t list) {
    uint32_t address = core->r[base], number;
    for (number = 0; number < 8; number++) {
        if (!(list >> number & 1)) continue;
        core->r[number] = load32(core, address);
        address += 4;
    }
    if (!(list >> base & 1)) core->r[base] = address;
}

static uint32_t reverse_bytes(uint32_t value) {
    return value >> 24 | (value >> 8 & 0xFF00) | (value << 8 & 0xFF0000) | value << 24;
}

static void reverse(Core *core, uint32_t code) {
    uint32_t *d = &core->r[code & 7], m = core->r[code >> 3 & 7];
    switch (code >> 6 & 3) {
    case 0: *d = reverse_bytes(m); break;
    case 1: *d = (m >> 8 & 0x00FF00FF) | (m << 8 & 0xFF00FF00); break;
    case 3: *d = (uint32_t)(int16_t)((m >> 8 & 0xFF) | m << 8); break;
    default: bus_fault(core);
    }
}

static void extend(Core *core, uint32_t code) {
    uint32_t *d = &core->r[code & 7], m = core->r[code >> 3 & 7];
    switch (code >> 6 & 3) {
    case 0: *d = (uint32_t)(int16_t)m; break;
    case 1: *d = (uint32_t)(int8_t)m; break;
    case 2: *d = m & 0xFFFF; break;
    default: *d = m & 0xFF; break;
    }
}

static void hint(Core *core, uint32_t code) {
    switch (code >> 4 & 0xF) {
    case 2: core->waits_for_event = 1; core->sleeping = 1; core->cycles++; core->attention = 1; break; /* WFE */
    case 3: core->waits_for_event = 0; core->sleeping = 1; core->cycles++; core->attention = 1; break; /* WFI */
    case 4: core->event = 1; break;                                                                  /* SEV */
    default: break;                                                                                  /* NOP, YIELD */
    }
}

static void miscellaneous(Core *core, uint32_t code) {
    switch (code >> 8 & 0xF) {
    case 0x0: core->r[SP] += ((code & 0x7F) << 2) * (code & 0x80 ? -1u : 1u); break;
    case 0x2: extend(core, code); break;
    case 0x4: push(core, code & 0xFF); break;
    case 0x5: push(core, (code & 0xFF) | 1u << LR); break;
    case 0x6:
        if ((code & 0xFFEF) != 0xB662) { bus_fault(core); break; }
        core->primask = code >> 4 & 1; /* CPS */
        core->attention = 1;
        break;
    case 0xA: reverse(core, code); break;
    case 0xC: pop(core, code & 0xFF, 0); break;
    case 0xD: pop(core, code & 0xFF, 1); break;
    case 0xF: hint(core, code); break;
    default: bus_fault(core); /* BKPT without a debugger, and what is not defined */
    }
}

static int condition_holds(const Core *core, uint32_t condition) {
    switch (condition) {
    case 0x0: return core->z;
    case 0x1: return !core->z;
    case 0x2: return core->c;
    case 0x3: return !core->c;
    case 0x4: return core->n;
    case 0x5: return !core->n;
    case 0x6: return core->v;
    case 0x7: return !core->v;
    case 0x8: return core->c && !core->z;
    case 0x9: return !core->c || core->z;
    case 0xA: return core->n == core->v;
    case 0xB: return core->n != core->v;
    case 0xC: return !core->z && core->n == core->v;
    default: return core->z || core->n != core->v;
    }
}

static void conditional_branch(Core *core, uint32_t code) {
    uint32_t condition = code >> 8 & 0xF;
    if (condition == 0xE) {
        bus_fault(core); /* UDF */
    } else if (condition == 0xF) {
        core->system_pending |= 1u << EXC_SVCALL;
        core->attention = 1;
    } else if (condition_holds(core, condition)) {
        branch(core, core->r[PC] + 2 + (uint32_t)((int8_t)code * 2));
    }
}

static uint32_t *stack_pointer(Core *core, uint32_t process) {
    return core->using_psp == process ? &core->r[SP] : &core->other_sp;
}

static uint32_t read_special(Core *core, uint32_t which) {
    switch (which) {
    case 0: case 1: case 2: case 3: return program_status(core) & (which & 1 ? UINT32_MAX : 0xF0000000);
    case 5: case 7: return core->ipsr;
    case 8: case 9: return *stack_pointer(core, which & 1);
    case 16: return core->primask;
    case 20: return core->using_psp << 1 | core->unprivileged;
    default: return 0;
    }
}

static void write_special(Core *core, uint32_t which, uint32_t value) {
    core->attention = 1;
    if (which <= 3) set_flags(core, value);
    else if (which == 8 || which == 9) *stack_pointer(core, which & 1) = value & ~3u;
    else if (which == 16) core->primask = value & 1;
    else if (which == 20) {
        core->unprivileged = value & 1;
        if (!core->ipsr) use_process_stack(core, value >> 1 & 1);
    }
}

static void branch_with_link(Core *core, uint32_t first, uint32_t second) {
    uint32_t sign = first >> 10 & 1, i1 = ~((second >> 13) ^ sign) & 1, i2 = ~((second >> 11) ^ sign) & 1;
    uint32_t offset = -sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1;
    core->r[LR] = core->r[PC] | 1;
    core->cycles++;
    branch(core, core->r[PC] + offset);
}

static void wide_instruction(Core *core, uint32_t first) {
    uint32_t second = load16(core, core->r[PC]);
    core->cycles--; /* fetching is not a load */
    core->r[PC] += 2;
    if ((second & 0xD000) == 0xD000) {
        branch_with_link(core, first, second);
    } else if ((first & 0xFFE0) == 0xF380 && (second & 0xFF00) == 0x8800) {
        write_special(core, second & 0xFF, core->r[first & 0xF]);
        core->cycles += 2;
    } else if (first == 0xF3EF && (second & 0xF000) == 0x8000) {
        core->r[second >> 8 & 0xF] = read_special(core, second & 0xFF);
        core->cycles += 2;
    } else if (first == 0xF3BF && (second & 0xFF80) == 0x8F00) {
        core->cycles += 2; /* DSB, DMB, ISB */
    } else {
        bus_fault(core);
    }
}

static inline void execute(Core *core, uint32_t code) {
    uint32_t *low = &core->r[code & 7], *middle = &core->r[code >> 8 & 7], base = core->r[code >> 3 & 7];
    uint32_t imm5 = code >> 6 & 0x1F, imm8 = code & 0xFF;
    switch (code >> 11) {
    case 0x00: set_nz(core, *low = shift_left(core, base, imm5)); break;
    case 0x01: set_nz(core, *low = shift_right(core, base, imm5 ? imm5 : 32)); break;
    case 0x02: set_nz(core, *low = shift_right_arithmetic(core, base, imm5 ? imm5 : 32)); break;
    case 0x03: {
        uint32_t right = code & 0x400 ? imm5 & 7 : core->r[imm5 & 7];
        *low = code & 0x200 ? subtract(core, base, right) : add_with_carry(core, base, right, 0);
        break;
    }
    case 0x04: set_nz(core, *middle = imm8); break;
    case 0x05: subtract(core, *middle, imm8); break;
    case 0x06: *middle = add_with_carry(core, *middle, imm8, 0); break;
    case 0x07: *middle = subtract(core, *middle, imm8); break;
    case 0x08: if (code & 0x400) special_data(core, code); else data_processing(core, code); break;
    case 0x09: *middle = load32(core, ((core->r[PC] + 2) & ~3u) + (imm8 << 2)); break;
    case 0x0A: case 0x0B: load_store_register(core, code); break;
    case 0x0C: store32(core, base + (imm5 << 2), *low); break;
    case 0x0D: *low = load32(core, base + (imm5 << 2)); break;
    case 0x0E: store8(core, base + imm5, *low); break;
    case 0x0F: *low = load8(core, base + imm5); break;
    case 0x10: store16(core, base + (imm5 << 1), *low); break;
    case 0x11: *low = load16(core, base + (imm5 << 1)); break;
    case 0x12: store32(core, core->r[SP] + (imm8 << 2), *middle); break;
    case 0x13: *middle = load32(core, core->r[SP] + (imm8 << 2)); break;
    case 0x14: *middle = ((core->r[PC] + 2) & ~3u) + (imm8 << 2); break;
    case 0x15: *middle = core->r[SP] + (imm8 << 2); break;
    case 0x16: case 0x17: miscellaneous(core, code); break;
    case 0x18: store_multiple(core, code >> 8 & 7, imm8); break;
    case 0x19: load_multiple(core, code >> 8 & 7, imm8); break;
    case 0x1A: case 0x1B: conditional_branch(core, code); break;
    case 0x1C: branch(core, core->r[PC] + 2 + (uint32_t)((int32_t)(code << 21) >> 20)); break;
    case 0x1E: wide_instruction(core, code); break;
    default: bus_fault(core);
    }
}

#endif
