/* What nearly every instruction changes. The loop keeps it in registers of the host, so no function that takes a
 * `Run` may be left out of line; what is seldom needed works on the `Core`, where this is put down before. */
#ifndef TOTPKEY_RUN_H
#define TOTPKEY_RUN_H

#include "core.h"

#define INLINE static inline __attribute__((always_inline))
#define SELDOM static __attribute__((noinline))

typedef struct {
    Core *core;
    uint64_t cycles;
    uint32_t pc;       /* the address of the next instruction */
    uint32_t sign;     /* N is its top bit */
    uint32_t nonzero;  /* Z is set while it is 0 */
    uint32_t carry;    /* C, 0 or 1 */
    uint32_t overflow; /* V is its top bit */
} Run;

INLINE Run pick_up(Core *core) {
    Run run = {core, core->cycles, core->r[PC], core->n << 31, !core->z, core->c, core->v << 31};
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
