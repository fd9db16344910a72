/* The TIMER block: a count of microseconds, and four alarms on its lower word (RP2040 datasheet section 4.6). */
#ifndef TOTPKEY_TIMER_H
#define TOTPKEY_TIMER_H

#include "core.h"

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
