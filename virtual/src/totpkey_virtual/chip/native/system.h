/* System control space: SysTick, NVIC and SCB (ARMv6-M manual, chapter B3). */
#ifndef TOTPKEY_SYSTEM_H
#define TOTPKEY_SYSTEM_H

#include "core.h"

enum {
    SYST_CSR = 0x010, SYST_RVR = 0x014, SYST_CVR = 0x018, SYST_CALIB = 0x01C,
    NVIC_ISER = 0x100, NVIC_ICER = 0x180, NVIC_ISPR = 0x200, NVIC_ICPR = 0x280, NVIC_IPR0 = 0x400, NVIC_IPR7 = 0x41C,
    SCB_CPUID = 0xD00, SCB_ICSR = 0xD04, SCB_VTOR = 0xD08, SCB_SCR = 0xD10, SCB_SHPR2 = 0xD1C,
    SCB_SHPR3 = 0xD20, MPU_TYPE = 0xD90
};

enum { SYST_ENABLE = 1, SYST_TICKINT = 2, SYST_COUNTFLAG = 1 << 16 };
enum { PRIORITY_BITS = 0xC0 }; /* two bits of each priority byte are there (datasheet section 2.4.5.1) */

static uint32_t systick_value(const Core *core) {
    if (core->systick_at == NEVER || core->systick_at <= core->cycles) return 0;
    return (uint32_t)(core->systick_at - core->cycles) & 0xFFFFFF;
}

static void systick_restart(Core *core) {
    int runs = (core->systick_control & SYST_ENABLE) && core->systick_reload;
    core->systick_at = runs ? core->cycles + core->systick_reload + 1 : NEVER;
}

static void systick_expired(Core *core) {
    core->systick_control |= SYST_COUNTFLAG;
    if (core->systick_control & SYST_TICKINT) {
        core->system_pending |= 1u << EXC_SYSTICK;
        look(core);
    }
    core->systick_at += core->systick_reload + 1;
}

static uint32_t interrupt_control_state(const Core *core) {
    uint32_t pending = core->irq_pending & core->irq_enabled;
    return (core->system_pending >> EXC_PENDSV & 1) << 28 | (core->system_pending >> EXC_SYSTICK & 1) << 26 |
           (uint32_t)(pending != 0) << 22 | core->ipsr;
}

static uint32_t system_read(Core *core, uint32_t address) {
    uint32_t offset = address & 0xFFF, control;
    if (offset >= NVIC_IPR0 && offset <= NVIC_IPR7) return core->irq_priority[(offset - NVIC_IPR0) >> 2];
    switch (offset) {
    case SYST_CSR:
        control = core->systick_control;
        core->systick_control &= ~(uint32_t)SYST_COUNTFLAG;
        return control;
    case SYST_RVR: return core->systick_reload;
    case SYST_CVR: return systick_value(core);
    case SYST_CALIB: return 9999; /* 10 ms at 1 MHz */
    case NVIC_ISER: case NVIC_ICER: return core->irq_enabled;
    case NVIC_ISPR: case NVIC_ICPR: return core->irq_pending;
    case SCB_CPUID: return 0x410CC601;
    case SCB_ICSR: return interrupt_control_state(core);
    case SCB_VTOR: return core->vtor;
    case SCB_SCR: return core->scr;
    case SCB_SHPR2: return core->shpr2;
    case SCB_SHPR3: return core->shpr3;
    case MPU_TYPE: return 8 << 8; /* eight regions, as the chip has; they are not enforced here */
    default: return 0;
    }
}

static void set_interrupt_control_state(Core *core, uint32_t value) {
    if (value & 1u << 31) core->system_pending |= 1u << EXC_NMI;
    if (value & 1u << 28) core->system_pending |= 1u << EXC_PENDSV;
    if (value & 1u << 27) core->system_pending &= ~(1u << EXC_PENDSV);
    if (value & 1u << 26) core->system_pending |= 1u << EXC_SYSTICK;
    if (value & 1u << 25) core->system_pending &= ~(1u << EXC_SYSTICK);
}

static void system_write(Core *core, uint32_t address, uint32_t value) {
    uint32_t offset = address & 0xFFF;
    look(core);
    if (offset >= NVIC_IPR0 && offset <= NVIC_IPR7) {
        core->irq_priority[(offset - NVIC_IPR0) >> 2] = value & PRIORITY_BITS * 0x01010101u;
        return;
    }
    switch (offset) {
    case SYST_CSR: core->systick_control = value & 7; systick_restart(core); break;
    case SYST_RVR: core->systick_reload = value & 0xFFFFFF; break;
    case SYST_CVR: core->systick_control &= ~(uint32_t)SYST_COUNTFLAG; systick_restart(core); break;
    case NVIC_ISER: core->irq_enabled |= value; break;
    case NVIC_ICER: core->irq_enabled &= ~value; break;
    case NVIC_ISPR: core->irq_pending |= value; break;
    case NVIC_ICPR: core->irq_pending &= ~value | core->irq_lines; break;
    case SCB_ICSR: set_interrupt_control_state(core, value); break;
    case SCB_VTOR: core->vtor = value & ~0xFFu; break;
    case SCB_SCR: core->scr = value; break;
    case SCB_SHPR2: core->shpr2 = value & (uint32_t)PRIORITY_BITS << 24; break;
    case SCB_SHPR3: core->shpr3 = value & ((uint32_t)PRIORITY_BITS << 24 | PRIORITY_BITS << 16); break;
    default: break;
    }
}

#endif
