/* Exception entry, return and priorities (ARMv6-M manual, section B1.5). */
#ifndef TOTPKEY_EXCEPTIONS_H
#define TOTPKEY_EXCEPTIONS_H

#include "bus.h"

/* Entry: 15 cycles (DDI 0484 section 3.10). Return is not stated; it loads the same eight words and refills. */
enum { ENTRY_CYCLES = 15, RETURN_CYCLES = 13, FRAME_SIZE = 0x20, FRAME_WORDS = 8 };
enum { THREAD_PRIORITY = 4 };

static uint32_t program_status(const Core *core) {
    return core->n << 31 | core->z << 30 | core->c << 29 | core->v << 28 | core->ipsr;
}

static void set_flags(Core *core, uint32_t status) {
    core->n = status >> 31 & 1;
    core->z = status >> 30 & 1;
    core->c = status >> 29 & 1;
    core->v = status >> 28 & 1;
}

static void use_process_stack(Core *core, uint32_t process) {
    uint32_t other = core->other_sp;
    if (core->using_psp == process) return;
    core->other_sp = core->r[SP];
    core->r[SP] = other;
    core->using_psp = process;
}

static int priority_of(const Core *core, uint32_t exception) {
    uint32_t irq = exception - EXC_IRQ0;
    switch (exception) {
    case 0: return THREAD_PRIORITY;
    case EXC_NMI: return -2;
    case EXC_HARDFAULT: return -1;
    case EXC_SVCALL: return (int)(core->shpr2 >> 30);
    case EXC_PENDSV: return (int)(core->shpr3 >> 22 & 3);
    case EXC_SYSTICK: return (int)(core->shpr3 >> 30);
    default: return (int)(core->irq_priority[irq >> 2 & 7] >> ((irq & 3) * 8 + 6) & 3);
    }
}

/* The pending exception that goes first, or 0; its priority in `best`. Equal priorities: the lower number first. */
static uint32_t most_urgent(const Core *core, int *best) {
    static const uint32_t system[] = {EXC_NMI, EXC_SVCALL, EXC_PENDSV, EXC_SYSTICK};
    uint32_t found = 0, irqs = core->irq_pending & core->irq_enabled, number;
    *best = THREAD_PRIORITY;
    for (number = 0; number < 4; number++) {
        uint32_t exception = system[number];
        if (core->system_pending >> exception & 1 && priority_of(core, exception) < *best) {
            *best = priority_of(core, exception);
            found = exception;
        }
    }
    for (number = 0; irqs; number++, irqs >>= 1) {
        if (irqs & 1 && priority_of(core, EXC_IRQ0 + number) < *best) {
            *best = priority_of(core, EXC_IRQ0 + number);
            found = EXC_IRQ0 + number;
        }
    }
    return found;
}

static void enter_exception(Core *core, uint32_t exception, uint32_t return_address) {
    uint32_t aligned = core->r[SP] >> 2 & 1, frame = (core->r[SP] - FRAME_SIZE) & ~4u, word;
    uint32_t status = program_status(core) | 1u << 24 | aligned << 9;
    const uint32_t stacked[FRAME_WORDS] = {core->r[0],  core->r[1],  core->r[2],     core->r[3],
                                           core->r[12], core->r[LR], return_address, status};
    uint64_t start = core->cycles;
    for (word = 0; word < FRAME_WORDS; word++) write32(core, frame + 4 * word, stacked[word]);
    core->r[SP] = frame;
    core->r[LR] = core->ipsr ? 0xFFFFFFF1 : core->using_psp ? 0xFFFFFFFD : 0xFFFFFFF9;
    core->ipsr = exception;
    core->event = 1;
    use_process_stack(core, 0);
    core->r[PC] = read32(core, core->vtor + 4 * exception) & ~1u;
    core->cycles = start + ENTRY_CYCLES;
}

static void return_from_exception(Core *core, uint32_t how) {
    uint32_t frame, status, word, popped[FRAME_WORDS], finished = core->ipsr;
    uint64_t start = core->cycles;
    use_process_stack(core, (how & 0xF) == 0xD);
    frame = core->r[SP];
    for (word = 0; word < FRAME_WORDS; word++) popped[word] = read32(core, frame + 4 * word);
    memcpy(core->r, popped, 4 * sizeof(uint32_t));
    core->r[12] = popped[4];
    core->r[LR] = popped[5];
    core->r[PC] = popped[6] & ~1u;
    status = popped[7];
    core->r[SP] = (frame + FRAME_SIZE) | (status >> 9 & 1) << 2;
    set_flags(core, status);
    core->ipsr = status & 0x3F;
    core->event = 1;
    look(core);
    core->cycles = start + RETURN_CYCLES;
    /* A line that is still up pends again. */
    if (finished >= EXC_IRQ0) core->irq_pending |= core->irq_lines & 1u << ((finished - EXC_IRQ0) & 31);
}

static void take_pending_exception(Core *core) {
    int urgency, running = priority_of(core, core->ipsr);
    uint32_t exception = most_urgent(core, &urgency);
    if (core->primask && running > 0) running = 0;
    if (!exception || urgency >= running) return;
    if (exception >= EXC_IRQ0) core->irq_pending &= ~(1u << (exception - EXC_IRQ0));
    else core->system_pending &= ~(1u << exception);
    core->sleeping = 0;
    enter_exception(core, exception, core->r[PC]);
}

/* False if the processor locked up: a fault in the handler of a fault. */
static int take_hard_fault(Core *core, uint32_t return_address) {
    core->fault = 0;
    if (core->ipsr == EXC_HARDFAULT || core->ipsr == EXC_NMI) return 0;
    enter_exception(core, EXC_HARDFAULT, return_address);
    return !core->fault;
}

/* Whether sleep is over. WFI wakes for an exception that PRIMASK alone holds back (section B1.5.19); WFE for an
 * event, or for an exception that is taken. */
static int wakes(Core *core) {
    int urgency;
    if (core->waits_for_event) {
        if (!core->event) return 0;
        core->event = 0;
        return 1;
    }
    return most_urgent(core, &urgency) && urgency < priority_of(core, core->ipsr);
}

#endif
