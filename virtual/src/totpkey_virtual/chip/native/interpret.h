/* The loop over instructions, for code that is not translated. */
#ifndef TOTPKEY_INTERPRET_H
#define TOTPKEY_INTERPRET_H

#include "decode.h"
#include "execute.h"

#define PLACE(KIND, ...) &&KIND,
#define BEGIN \
    run.at = run.pc; \
    run.cycles++; \
    if (!fetch(&run, &code)) goto done; \
    goto *places[code >> KIND_SHIFT]
/* Each kind goes on by a jump of its own: the host's processor predicts that better than one jump for all. */
#define STEP(KIND, ...) \
    KIND: execute_##KIND(&run, core->r, code); \
    if (run.cycles >= core->until) goto done; \
    BEGIN;
#define JUMP(KIND, ...) \
    KIND: execute_##KIND(&run, core->r, code); \
    if (run.leaves || run.cycles >= core->until) goto done; \
    if (hops && run.pc != run.at + 2 && leads_to_translation(core, run.pc)) goto done; \
    BEGIN;
#define SYSTEM(KIND, ...) \
    KIND: execute_##KIND(&run, core->r, code); \
    if (run.cycles >= core->until || (hops && leads_to_translation(core, run.pc))) goto done; \
    BEGIN;

/* Instructions, one at least, until something else wants a look; with `hops` also until one that is translated. */
static void interpret(Run *given, int hops) {
    static const void *const of_kind[] = {INSTRUCTIONS(PLACE, PLACE, PLACE)};
    static const void *places[KINDS];
    Run run = *given;
    Core *core = run.core;
    uint32_t code;
    if (!places[0])
        for (code = 0; code < KINDS; code++) places[code] = of_kind[kind_of(code << KIND_SHIFT)];
    BEGIN;
    INSTRUCTIONS(STEP, JUMP, SYSTEM)
done:
    *given = run;
}

#undef PLACE
#undef BEGIN
#undef STEP
#undef JUMP
#undef SYSTEM

#endif
