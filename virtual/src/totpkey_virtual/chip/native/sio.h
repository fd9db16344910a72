/* The parts of SIO that firmware leans on in every loop: processor number, divider, spinlocks (RP2040 datasheet
 * section 2.3.1). GPIO, FIFO and interpolators go to Python. */
#ifndef TOTPKEY_SIO_H
#define TOTPKEY_SIO_H

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

#endif
