/* The words in which translated code is written (../translator.py).
 *
 * A region is a function of the host: some functions of the firmware, cut into blocks. It keeps the registers in
 * variables of its own. A block begins only if it ends before anything else is due, by the longest that it can
 * take; after an access beyond SRAM and flash that is asked again. So nothing is seen later than it would be in
 * the loop, and each instruction begins at the same cycle. */
#ifndef TOTPKEY_TRANSLATED_H
#define TOTPKEY_TRANSLATED_H

#include "instructions.h"

#define FOR_REGISTERS(EACH) \
    EACH(0) EACH(1) EACH(2) EACH(3) EACH(4) EACH(5) EACH(6) EACH(7) EACH(8) EACH(9) EACH(10) EACH(11) EACH(12) \
    EACH(SP) EACH(LR)
#define LOAD_REGISTER(N) r[N] = core->r[N];
#define STORE_REGISTER(N) core->r[N] = r[N];

#define HIDDEN __attribute__((visibility("hidden")))

/* `place` tells which block begins, as in `places`. True if it would end too late. */
#define REGION(NAME, NUMBER) \
    HIDDEN int NAME(Run *given, uint32_t place) { \
        enum { SELF = NUMBER }; \
        Run run = *given; \
        Core *core = run.core; \
        uint32_t r[16]; \
        int is_late = 1; \
        FOR_REGISTERS(LOAD_REGISTER) \
    again: \
        switch (place & BLOCK_MASK) {
#define ENTRY(NUMBER, LABEL) case NUMBER: goto LABEL;
#define BLOCKS \
        default: goto late; \
        }
#define END_REGION \
    leave: \
        place = run.leaves ? 0 : translated_at(core, run.pc); \
        if (place && place >> REGION_SHIFT == SELF) goto again; \
        is_late = 0; \
    late: \
        FOR_REGISTERS(STORE_REGISTER) \
        *given = run; \
        return is_late; \
    }

/* `BOUND`: cycles that the block takes at most, accesses elsewhere aside; `REST`: those after the instruction. */
#define BLOCK(LABEL, BOUND) \
    LABEL: if (run.cycles + BOUND >= core->until) goto late;
#define DO(ADDRESS, KIND, CODE, REST) \
    run.at = ADDRESS; \
    run.pc = ADDRESS + 2; \
    run.cycles++; \
    execute_##KIND(&run, r, CODE); \
    if (run.elsewhere) { \
        run.elsewhere = 0; \
        if (run.cycles + REST >= core->until) goto late; \
    }
#define CALL(ADDRESS, FIRST, SECOND) \
    run.at = ADDRESS; \
    run.pc = ADDRESS + 4; \
    run.cycles++; \
    branch_with_link(&run, r, FIRST, SECOND);
/* After an instruction that may jump: where to go if it went to `ADDRESS`, and that it must not go elsewhere. */
#define TO(ADDRESS, LABEL) if (run.pc == ADDRESS) goto LABEL;
#define UNLESS(ADDRESS) if (run.pc != ADDRESS) goto leave;
#define LEAVE goto leave;

#endif
