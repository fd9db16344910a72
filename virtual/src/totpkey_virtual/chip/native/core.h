/* The processor's state, as Python sees it (core_library.py mirrors `Core` field by field), and what nearly every
 * instruction changes of it.
 *
 * Registers and behaviour: ARMv6-M Architecture Reference Manual (DDI 0419). Cycle counts: Cortex-M0+ Technical
 * Reference Manual (DDI 0484) table 3-1. The RP2040's own parts: its datasheet, sections 2.1 and 2.3.
 */
#ifndef TOTPKEY_CORE_H
#define TOTPKEY_CORE_H

#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define SELDOM static __attribute__((noinline))

enum { SP = 13, LR = 14, PC = 15 };

enum { STOP_DEADLINE = 0, STOP_ASKED = 1, STOP_LOCKUP = 2 };

typedef uint32_t (*ReadWord)(uint32_t address);
typedef void (*WriteWord)(uint32_t address, uint32_t value);

typedef struct Run Run;

/* Translated code (translated.h): runs one of its blocks, and what follows as far as it knows it. True if what
 * comes next must be done one instruction at a time. */
typedef int (*Region)(Run *run, uint32_t block);

/* Memory as it was when it was translated. */
typedef struct {
    uint32_t address, size;
    const uint8_t *content;
} Original;

/* All that is translated of one image: what `places` is to hold at which address, and the memory behind it. */
typedef struct {
    const Region *regions;
    const uint32_t (*places)[2];
    const Original *originals;
    uint32_t place_count, original_count;
} Translation;

enum { ROM = 0, FLASH = 1, SRAM = 2, MEMORIES_OF_CODE = 3 }; /* the upper four bits of an address */

typedef struct {
    uint64_t cycles;
    uint64_t deadline;    /* run() returns when `cycles` gets here */
    uint64_t timer_epoch; /* the cycle at which the TIMER block counted zero */
    uint64_t systick_at;  /* the cycle at which SysTick reaches zero; all ones while it is off */
    uint64_t timer_at;    /* the cycle at which the first of the TIMER's alarms fires; all ones without one */
    uint64_t until;       /* up to this cycle the loop need look at nothing but instructions */

    uint8_t *rom;
    uint8_t *flash;
    uint8_t *sram;
    uint8_t *dpram; /* of the USB controller */
    ReadWord read_word;
    WriteWord write_word;
    const uint8_t *window; /* the memory that instructions come from, for addresses from `window_start` on */
    uint32_t *places;      /* where code is translated (places.h) */
    const uint8_t *guards; /* for each line of SRAM whether translated code lies in it */
    const Translation *translation;

    uint32_t r[16]; /* r[PC] is the address of the next instruction */
    uint32_t n, z, c, v;
    uint32_t primask, using_psp, other_sp, unprivileged, ipsr;

    uint32_t window_start, window_size;
    uint32_t attention; /* something below wants a look before the next instruction: `look` sets it */
    uint32_t stop, fault, sleeping, event, waits_for_event;

    uint32_t irq_lines;      /* levels that the peripherals drive */
    uint32_t irq_pending;    /* latched in the NVIC */
    uint32_t irq_enabled;
    uint32_t system_pending; /* one bit for each exception number below 16 */
    uint32_t irq_priority[8], shpr2, shpr3, vtor, scr;
    uint32_t systick_control, systick_reload;

    uint32_t flash_mask;  /* size - 1: a flash chip ignores the address bits above its size */
    uint32_t in_force;    /* one bit for each memory whose code is what was translated */
    uint32_t unsure;      /* one bit for each memory whose code may have changed */
    uint32_t counting;    /* `places` counts jumps, and nothing is translated */
    uint32_t timer_latch; /* TIMEHR, latched by a read of TIMELR */
    uint32_t spinlocks;
    uint32_t div_dividend, div_divisor, div_quotient, div_remainder, div_signed, div_dirty;
    uint32_t buffers_touched;              /* a USB buffer control word was written */
    uint32_t i2c_raw[2], i2c_received[2]; /* IC_RAW_INTR_STAT and IC_RXFLR, kept up to date by Python */
    uint32_t alarm_target[4], timer_armed, timer_raw, timer_enabled, timer_forced;
    uint64_t alarm_at[4]; /* the cycles at which the armed ones fire */
} Core;

#define NEVER UINT64_MAX

enum { CYCLES_PER_US = 125, SRAM_BASE = 0x20000000 };
enum { ROM_SIZE = 0x4000, SRAM_SIZE = 0x42000, DPRAM_SIZE = 0x1000 };
enum { EXC_NMI = 2, EXC_HARDFAULT = 3, EXC_SVCALL = 11, EXC_PENDSV = 14, EXC_SYSTICK = 15, EXC_IRQ0 = 16 };

/* Have the loop look at everything before the next instruction. */
static inline void look(Core *core) {
    core->attention = 1;
    core->until = 0;
}

/* Have the loop look at its deadline anew, and at whether code is translated. */
static inline void reconsider(Core *core) { core->until = 0; }

static inline void bus_fault(Core *core) {
    core->fault = 1;
    look(core);
}

static inline void set_irq(Core *core, uint32_t irq, uint32_t level) {
    uint32_t bit = 1u << irq;
    if (level && !(core->irq_lines & bit)) {
        core->irq_lines |= bit;
        core->irq_pending |= bit;
        look(core);
    } else if (!level) {
        core->irq_lines &= ~bit;
    }
}

/* Python may have changed anything: the loop looks at its deadline anew. */
static uint32_t ask_python(Core *core, uint32_t address) {
    uint32_t value = core->read_word(address);
    reconsider(core);
    return value;
}

static void tell_python(Core *core, uint32_t address, uint32_t value) {
    core->write_word(address, value);
    reconsider(core);
}

/* The loop keeps this in registers of the host, so no function that takes a `Run` may be left out of line; what is
 * seldom needed works on the `Core`, where this is put down before. */
struct Run {
    Core *core;
    uint8_t *sram;
    const uint8_t *flash, *guards;
    uint64_t cycles;
    uint32_t pc;        /* the address of the next instruction */
    uint32_t sign;      /* N is its top bit */
    uint32_t nonzero;   /* Z is set while it is 0 */
    uint32_t carry;     /* C, 0 or 1 */
    uint32_t overflow;  /* V is its top bit */
    uint32_t at;        /* the address of the last instruction */
    uint32_t elsewhere; /* an access went beyond SRAM and flash, and may have changed anything */
    uint32_t leaves;    /* a jump leads to `target`, which is no address of code */
    uint32_t target;
};

INLINE Run pick_up(Core *core) {
    Run run = {core, core->sram, core->flash, core->guards, core->cycles, core->r[PC],
               core->n << 31, !core->z, core->c, core->v << 31, core->r[PC], 0, 0, 0};
    return run;
}

INLINE void put_down(const Run *run) {
    Core *core = run->core;
    core->cycles = run->cycles;
    core->r[PC] = run->pc;
    core->n = run->sign >> 31;
    core->z = run->nonzero == 0;
    core->c = run->carry;
    core->v = run->overflow >> 31;
}

#endif
