/* The Thumb instructions of ARMv6-M (DDI 0419 chapter A6); arithmetic and shifts with the flags that they set
 * (sections A2.2.1 and A5.2.2). */
#ifndef TOTPKEY_THUMB_H
#define TOTPKEY_THUMB_H

#include "exceptions.h"

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

INLINE void branch(Run *run, uint32_t target) {
    run->pc = target & ~1u;
    run->cycles++;
}

/* After an instruction that jumped to what is no address of code. */
SELDOM void leave_exception(Run *run) {
    Core *core = run->core;
    put_down(run);
    if (core->ipsr && run->target >> 28 == 0xF) return_from_exception(core, run->target);
    else bus_fault(core); /* there is no ARM state */
    *run = pick_up(core);
}

/* BX and POP: an EXC_RETURN value in a handler ends the exception, which is not for this instruction to do. */
INLINE void branch_exchange(Run *run, uint32_t target) {
    if (target & 1 && (target >> 28 != 0xF || !run->core->ipsr)) { branch(run, target); return; }
    run->leaves = 1;
    run->target = target;
}

INLINE void branch_with_link_exchange(Run *run, uint32_t *r, uint32_t target) {
    r[LR] = run->pc | 1;
    branch_exchange(run, target);
}

INLINE uint32_t operand(const Run *run, const uint32_t *r, uint32_t number) {
    return number == PC ? run->pc + 2 : r[number];
}

INLINE void write_high(Run *run, uint32_t *r, uint32_t number, uint32_t value) {
    if (number == PC) branch(run, value);
    else r[number] = number == SP ? value & ~3u : value;
}

/* No loop: in translated code the list is known, and what is not in it falls away. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(LR)

/* Store the registers in `list` from `address` on; return where they end. So below, for loading. */
INLINE uint32_t store_list(Run *run, const uint32_t *r, uint32_t address, uint32_t list) {
#define STORE(N) if (list >> N & 1) { store32(run, address, r[N]); address += 4; }
    EACH(STORE)
#undef STORE
    return address;
}

INLINE uint32_t load_list(Run *run, uint32_t *r, uint32_t address, uint32_t list) {
#define LOAD(N) if (list >> N & 1) { r[N] = load32(run, address); address += 4; }
    EACH(LOAD)
#undef LOAD
    return address;
}

#undef EACH

INLINE void push(Run *run, uint32_t *r, uint32_t list) {
    uint32_t address = r[SP] - 4 * (uint32_t)__builtin_popcount(list);
    r[SP] = address;
    store_list(run, r, address, list);
}

INLINE void pop(Run *run, uint32_t *r, uint32_t list, uint32_t with_pc) {
    uint32_t address = load_list(run, r, r[SP], list), target;
    r[SP] = address + 4 * with_pc;
    if (!with_pc) return;
    target = load32(run, address);
    run->cycles++;
    branch_exchange(run, target);
}

INLINE void store_multiple(Run *run, uint32_t *r, uint32_t base, uint32_t list) {
    r[base] = store_list(run, r, r[base], list);
}

INLINE void load_multiple(Run *run, uint32_t *r, uint32_t base, uint32_t list) {
    uint32_t end = load_list(run, r, r[base], list);
    if (!(list >> base & 1)) r[base] = end;
}

static uint32_t reverse_bytes(uint32_t value) {
    return value >> 24 | (value >> 8 & 0xFF00) | (value << 8 & 0xFF0000) | value << 24;
}

static void hint(Core *core, uint32_t code) {
    switch (code >> 4 & 0xF) {
    case 2: core->waits_for_event = 1; core->sleeping = 1; core->cycles++; look(core); break; /* WFE */
    case 3: core->waits_for_event = 0; core->sleeping = 1; core->cycles++; look(core); break; /* WFI */
    case 4: core->event = 1; break;                                                                  /* SEV */
    default: break;                                                                                  /* NOP, YIELD */
    }
}

SELDOM void miscellaneous(Core *core, uint32_t code) {
    switch (code >> 8 & 0xF) {
    case 0x6:
        if ((code & 0xFFEF) != 0xB662) { bus_fault(core); break; }
        core->primask = code >> 4 & 1; /* CPS */
        look(core);
        break;
    case 0xF: hint(core, code); break;
    default: bus_fault(core); /* BKPT without a debugger, and what is not defined */
    }
}

INLINE void miscellaneous_instruction(Run *run, uint32_t code) {
    run->core->cycles = run->cycles;
    miscellaneous(run->core, code);
    run->cycles = run->core->cycles;
}

INLINE void branch_if(Run *run, uint32_t holds, uint32_t code) {
    if (holds) branch(run, run->pc + 2 + (uint32_t)((int8_t)code * 2));
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

INLINE void branch_with_link(Run *run, uint32_t *r, uint32_t first, uint32_t second) {
    uint32_t sign = first >> 10 & 1, i1 = ~((second >> 13) ^ sign) & 1, i2 = ~((second >> 11) ^ sign) & 1;
    uint32_t offset = -sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1;
    r[LR] = run->pc | 1;
    run->cycles++;
    branch(run, run->pc + offset);
}

/* The wide instructions that are no call. */
SELDOM void system_instruction(Core *core, uint32_t first, uint32_t second) {
    if ((first & 0xFFE0) == 0xF380 && (second & 0xFF00) == 0x8800) {
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

INLINE void wide_instruction(Run *run, uint32_t *r, uint32_t first) {
    uint32_t second;
    if (!fetch(run, &second)) return;
    if ((second & 0xD000) == 0xD000) {
        branch_with_link(run, r, first, second);
        return;
    }
    put_down(run);
    system_instruction(run->core, first, second);
    *run = pick_up(run->core);
}

#endif
