/* Blocks of the RP2040 that firmware leans on in every loop. Of SIO (RP2040 datasheet section 2.3.1) they are the
 * processor number, divider and spinlocks: GPIO, FIFO and interpolators go to Python. TIMER (section 4.6) is a count of
 * microseconds, and four alarms on its lower word. */
#ifndef TOTPKEY_BLOCKS_H
#define TOTPKEY_BLOCKS_H

#include "core.h"

enum {
    SIO_CPUID = 0x000,
    SIO_SPINLOCK_ST = 0x05C,
    SIO_DIV_UDIVIDEND = 0x060,
    SIO_DIV_UDIVISOR = 0x064,
    SIO_DIV_SDIVIDEND = 0x068,
    SIO_DIV_SDIVISOR = 0x06C,
    SIO_DIV_QUOTIENT = 0x070,
    SIO_DIV_REMAINDER = 0x074,
    SIO_DIV_CSR = 0x078,
    SIO_SPINLOCK0 = 0x100,
    SIO_SPINLOCK31 = 0x17C
};

static void divide_signed(Core *core) {
    int32_t dividend = (int32_t)core->div_dividend, divisor = (int32_t)core->div_divisor;
    if (divisor == 0) {
        core->div_quotient = dividend < 0 ? 1 : UINT32_MAX;
        core->div_remainder = core->div_dividend;
    } else if (divisor == -1) { /* INT32_MIN / -1 does not fit an int32_t */
        core->div_quotient = 0 - core->div_dividend;
        core->div_remainder = 0;
    } else {
        core->div_quotient = (uint32_t)(dividend / divisor);
        core->div_remainder = (uint32_t)(dividend % divisor);
    }
}

static void divide(Core *core) {
    core->div_dirty = 1;
    if (core->div_signed) {
        divide_signed(core);
    } else if (core->div_divisor == 0) {
        core->div_quotient = UINT32_MAX;
        core->div_remainder = core->div_dividend;
    } else {
        core->div_quotient = core->div_dividend / core->div_divisor;
        core->div_remainder = core->div_dividend % core->div_divisor;
    }
}

static uint32_t claim_spinlock(Core *core, uint32_t offset) {
    uint32_t bit = 1u << ((offset - SIO_SPINLOCK0) >> 2);
    uint32_t claimed = core->spinlocks & bit ? 0 : bit;
    core->spinlocks |= bit;
    return claimed;
}

INLINE uint32_t sio_read(Core *core, uint32_t address) {
    uint32_t offset = address & 0xFFF;
    if (offset >= SIO_SPINLOCK0 && offset <= SIO_SPINLOCK31) return claim_spinlock(core, offset);
    switch (offset) {
    case SIO_CPUID: return 0;
    case SIO_SPINLOCK_ST: return core->spinlocks;
    case SIO_DIV_UDIVIDEND: case SIO_DIV_SDIVIDEND: return core->div_dividend;
    case SIO_DIV_UDIVISOR: case SIO_DIV_SDIVISOR: return core->div_divisor;
    case SIO_DIV_REMAINDER: return core->div_remainder;
    case SIO_DIV_QUOTIENT: core->div_dirty = 0; return core->div_quotient;
    case SIO_DIV_CSR: return 1 | core->div_dirty << 1; /* READY, DIRTY */
    default: return ask_python(core, address);
    }
}

INLINE void sio_write(Core *core, uint32_t address, uint32_t value) {
    uint32_t offset = address & 0xFFF;
    if (offset >= SIO_SPINLOCK0 && offset <= SIO_SPINLOCK31) {
        core->spinlocks &= ~(1u << ((offset - SIO_SPINLOCK0) >> 2));
        return;
    }
    switch (offset) {
    case SIO_DIV_UDIVIDEND: case SIO_DIV_SDIVIDEND:
        core->div_dividend = value;
        core->div_signed = offset == SIO_DIV_SDIVIDEND;
        divide(core);
        break;
    case SIO_DIV_UDIVISOR: case SIO_DIV_SDIVISOR:
        core->div_divisor = value;
        core->div_signed = offset == SIO_DIV_SDIVISOR;
        divide(core);
        break;
    case SIO_DIV_QUOTIENT: core->div_quotient = value; core->div_dirty = 1; break;
    case SIO_DIV_REMAINDER: core->div_remainder = value; core->div_dirty = 1; break;
    default: tell_python(core, address, value);
    }
}

enum {
    TIMER_BASE = 0x40054000,
    TIMEHR = 0x08, TIMELR = 0x0C, ALARM0 = 0x10, ALARM3 = 0x1C, ARMED = 0x20, TIMERAWH = 0x24, TIMERAWL = 0x28,
    TIMER_INTR = 0x34, TIMER_INTE = 0x38, TIMER_INTF = 0x3C, TIMER_INTS = 0x40
};
enum { ALARMS = 4 }; /* their interrupts are the first four */

static uint32_t timer_status(const Core *core) { return (core->timer_raw & core->timer_enabled) | core->timer_forced; }

/* Bring interrupt lines and the next moment in line with the registers. */
static void timer_update(Core *core) {
    uint32_t status = timer_status(core), number;
    core->timer_at = NEVER;
    for (number = 0; number < ALARMS; number++) {
        set_irq(core, number, status >> number & 1);
        if (core->timer_armed >> number & 1 && core->alarm_at[number] < core->timer_at)
            core->timer_at = core->alarm_at[number];
    }
    core->until = 0;
}

static void timer_expired(Core *core) {
    uint32_t number;
    for (number = 0; number < ALARMS; number++) {
        if (!(core->timer_armed >> number & 1) || core->alarm_at[number] > core->cycles) continue;
        core->timer_armed &= ~(1u << number);
        core->timer_raw |= 1u << number;
    }
    timer_update(core);
}

INLINE uint32_t timer_read(Core *core, uint32_t address) {
    uint64_t microseconds = (core->cycles - core->timer_epoch) / CYCLES_PER_US;
    uint32_t offset = address & 0xFFF;
    if (offset >= ALARM0 && offset <= ALARM3) return core->alarm_target[(offset - ALARM0) >> 2];
    switch (offset) {
    case TIMERAWL: return (uint32_t)microseconds;
    case TIMERAWH: return (uint32_t)(microseconds >> 32);
    case TIMELR: core->timer_latch = (uint32_t)(microseconds >> 32); return (uint32_t)microseconds;
    case TIMEHR: return core->timer_latch;
    case ARMED: return core->timer_armed;
    case TIMER_INTR: return core->timer_raw;
    case TIMER_INTE: return core->timer_enabled;
    case TIMER_INTF: return core->timer_forced;
    case TIMER_INTS: return timer_status(core);
    default: return 0;
    }
}

/* Fire when the lower word of the count gets to `target`: on a whole microsecond, never early. */
static void timer_arm(Core *core, uint32_t number, uint32_t target) {
    uint64_t now = (core->cycles - core->timer_epoch) / CYCLES_PER_US;
    uint64_t moment = now + (uint32_t)(target - (uint32_t)now);
    core->alarm_target[number] = target;
    core->alarm_at[number] = core->timer_epoch + moment * CYCLES_PER_US;
    core->timer_armed |= 1u << number;
}

/* What a write through one of the aliases leaves in the register: XOR, set, clear (section 2.1.2). */
static uint32_t written(Core *core, uint32_t address, uint32_t value) {
    switch (address >> 12 & 3) {
    case 0: return value;
    case 1: return timer_read(core, address) ^ value;
    case 2: return timer_read(core, address) | value;
    default: return timer_read(core, address) & ~value;
    }
}

static void timer_write(Core *core, uint32_t address, uint32_t value) {
    uint32_t offset = address & 0xFFF, result = written(core, address, value);
    if (offset >= ALARM0 && offset <= ALARM3) timer_arm(core, (offset - ALARM0) >> 2, result);
    switch (offset) {
    case ARMED: core->timer_armed &= ~value; break; /* ones disarm */
    case TIMER_INTR: core->timer_raw &= ~value; break;
    case TIMER_INTE: core->timer_enabled = result & 0xF; break;
    case TIMER_INTF: core->timer_forced = result & 0xF; break;
    default: break;
    }
    timer_update(core);
}

#endif
