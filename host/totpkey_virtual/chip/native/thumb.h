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

static void branch_with_link_exchange(Core *core, uint32_t target) {
    core->r[LR] = core->r[PC] | 1;
    branch_exchange(core, target);
}

static inline uint32_t operand(const Core *core, uint32_t number) {
    return number == PC ? core->r[PC] + 2 : core->r[number];
}

static void write_high(Core *core, uint32_t number, uint32_t value) {
    if (number == PC) branch(core, value);
    else core->r[number] = number == SP ? value & ~3u : value;
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

static void hint(Core *core, uint32_t code) {
    switch (code >> 4 & 0xF) {
    case 2: core->waits_for_event = 1; core->sleeping = 1; core->cycles++; look(core); break; /* WFE */
    case 3: core->waits_for_event = 0; core->sleeping = 1; core->cycles++; look(core); break; /* WFI */
    case 4: core->event = 1; break;                                                                  /* SEV */
    default: break;                                                                                  /* NOP, YIELD */
    }
}

static void miscellaneous(Core *core, uint32_t code) {
    switch (code >> 8 & 0xF) {
    case 0x0: core->r[SP] += ((code & 0x7F) << 2) * (code & 0x80 ? -1u : 1u); break;
    case 0x6:
        if ((code & 0xFFEF) != 0xB662) { bus_fault(core); break; }
        core->primask = code >> 4 & 1; /* CPS */
        look(core);
        break;
    case 0xA: reverse(core, code); break;
    case 0xF: hint(core, code); break;
    default: bus_fault(core); /* BKPT without a debugger, and what is not defined */
    }
}

static inline void branch_if(Core *core, uint32_t holds, uint32_t code) {
    if (holds) branch(core, core->r[PC] + 2 + (uint32_t)((int8_t)code * 2));
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
    look(core);
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

#endif
