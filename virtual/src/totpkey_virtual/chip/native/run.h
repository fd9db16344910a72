/* What nearly every instruction changes. The loop keeps it in registers of the host, so no function that takes a
 * `Run` may be left out of line; what is seldom needed works on the `Core`, where this is put down before. */
#ifndef TOTPKEY_RUN_H
#define TOTPKEY_RUN_H

#include "core.h"

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
