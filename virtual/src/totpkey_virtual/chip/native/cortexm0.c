/* A Cortex-M0+: the loop over instructions, for code that is not translated, what runs it, and what Python calls. */
#include <stddef.h>
#include "instructions.h"

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

static uint64_t next_event(const Core *core) {
    uint64_t next = core->deadline < core->systick_at ? core->deadline : core->systick_at;
    return next < core->timer_at ? next : core->timer_at;
}

/* Nothing happens in sleep but at an alarm or when SysTick runs out: go there at once. */
static void sleep_until_event(Core *core) {
    uint64_t next = next_event(core);
    if (core->cycles < next) core->cycles = next;
}

/* Between two instructions. True if the loop goes on. */
static int attend(Core *core, uint32_t instruction, uint32_t *reason) {
    core->attention = 0;
    if (core->fault && !take_hard_fault(core, instruction)) { *reason = STOP_LOCKUP; return 0; }
    take_pending_exception(core);
    if (core->stop) { core->stop = 0; look(core); *reason = STOP_ASKED; return 0; }
    if (!core->sleeping) return 1;
    look(core);
    if (wakes(core)) { core->sleeping = 0; return 1; }
    sleep_until_event(core);
    return 1;
}

/* Instructions, one at least, until something else wants a look. Returns where the last of them began. */
static uint32_t run_instructions(Core *core) {
    Run run = pick_up(core);
    do {
        uint32_t place = core->counting ? 0 : translated_at(core, run.pc);
        uint64_t begun = run.cycles;
        int is_late = place && core->translation->regions[place >> REGION_SHIFT](&run, place & BLOCK_MASK);
        if (!place || (is_late && (run.cycles == begun || run.cycles < core->until))) interpret(&run, !is_late);
        if (run.leaves) leave_exception(&run);
    } while (run.cycles < core->until);
    put_down(&run);
    return run.at;
}

uint32_t core_run(Core *core) {
    uint32_t reason = STOP_DEADLINE, instruction = core->r[PC];
    if (core->unsure) compare_code(core);
    for (;;) {
        if (core->attention && !attend(core, instruction, &reason)) return reason;
        if (core->cycles >= core->systick_at) systick_expired(core);
        if (core->cycles >= core->timer_at) { timer_expired(core); continue; }
        if (core->cycles >= core->deadline) return STOP_DEADLINE;
        if (core->sleeping) continue;
        core->until = core->attention ? 0 : next_event(core);
        instruction = run_instructions(core);
    }
}

/* The TIMER counts from zero again, and no alarm is set. */
void core_reset_timer(Core *core) {
    core->timer_epoch = core->cycles;
    core->timer_armed = core->timer_raw = core->timer_enabled = core->timer_forced = 0;
    timer_update(core);
}

/* Processor and SIO back to their reset values; memories, cycles and wiring stay. Execution starts in the boot ROM. */
void core_reset(Core *core) {
    size_t first = offsetof(Core, r), end = offsetof(Core, flash_mask), third = offsetof(Core, timer_latch);
    memset((uint8_t *)core + first, 0, end - first);
    memset((uint8_t *)core + third, 0, sizeof *core - third);
    core->systick_at = core->timer_at = NEVER;
    core->div_divisor = 1;
    core->r[SP] = read32(core, 0) & ~3u;
    core->r[PC] = read32(core, 4) & ~1u;
    look(core);
}

/* The bus as another master sees it, DMA for one: it takes the processor no time. */
uint32_t core_load(Core *core, uint32_t address, uint32_t size) {
    uint64_t cycles = core->cycles;
    uint32_t value = size == 4 ? read32(core, address) : size == 2 ? read16(core, address) : read8(core, address);
    core->cycles = cycles;
    return value;
}

void core_store(Core *core, uint32_t address, uint32_t value, uint32_t size) {
    uint64_t cycles = core->cycles;
    if (size == 4) write32(core, address, value);
    else if (size == 2) write16(core, address, value);
    else write8(core, address, value);
    core->cycles = cycles;
}

/* For Python, which keeps the tables: their sizes, and what they hold for a translation. */
uint32_t core_place_count(void) { return PLACES; }

uint32_t core_guard_count(void) { return GUARDS; }

uint32_t core_place_at(uint32_t address) { return place_at(address); }

void core_place(const Translation *translation, uint32_t *places, uint8_t *guards) {
    const Original *original = translation->originals, *end = original + translation->original_count;
    uint32_t number, line;
    for (number = 0; number < translation->place_count; number++)
        places[place_at(translation->places[number][0])] = translation->places[number][1];
    for (; original < end; original++) {
        if (original->address >> 28 != SRAM) continue;
        line = (original->address - SRAM_BASE) >> GUARD_SHIFT;
        for (; line <= (original->address + original->size - 1 - SRAM_BASE) >> GUARD_SHIFT; line++) guards[line] = 1;
    }
}

void core_set_irq(Core *core, uint32_t irq, uint32_t level) { set_irq(core, irq, level); }

uint32_t core_size(void) { return sizeof(Core); }

uint32_t core_cycles_per_us(void) { return CYCLES_PER_US; }

/* For the translator: the name of the kind of instruction that a halfword begins. */
const char *core_kind(uint32_t code) { return name_of(kind_of(code & 0xFFFF)); }
