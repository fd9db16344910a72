/* Which code is translated, by where it lies; while code is counted, how often it is jumped to.
 *
 * Code in flash and SRAM can change. A translation is in force only while its memory holds what was translated:
 * that is compared when it is installed, after each write to flash, and after a write to that part of SRAM. */
#ifndef TOTPKEY_PLACES_H
#define TOTPKEY_PLACES_H

#include "core.h"

/* `places` has a word for each halfword of the first megabyte of ROM, flash and SRAM. It is 0 or tells the
 * translated block that begins there: its region in the upper half, and its number in that, from 1 on. */
enum { PLACES_SHIFT = 19, PLACES = MEMORIES_OF_CODE << PLACES_SHIFT, REGION_SHIFT = 16, BLOCK_MASK = 0xFFFF };
/* `guards` has a byte for each line of 64 bytes. */
enum { GUARD_SHIFT = 6, GUARDS = SRAM_SIZE >> GUARD_SHIFT };

INLINE uint32_t place_at(uint32_t address) { return address >> 28 << PLACES_SHIFT | (address & 0xFFFFF) >> 1; }

INLINE int has_place(const Core *core, uint32_t address) {
    return core->in_force >> (address >> 28) & 1 && !(address & 0x0FF00000);
}

/* 0 if the code at `address` is not translated. */
INLINE uint32_t translated_at(const Core *core, uint32_t address) {
    return has_place(core, address) ? core->places[place_at(address)] : 0;
}

/* After a jump to `address`. */
INLINE int leads_to_translation(const Core *core, uint32_t address) {
    if (!core->counting) return translated_at(core, address) != 0;
    if (has_place(core, address)) core->places[place_at(address)]++;
    return 0;
}

/* Whether translated code is near `address`, which lies in SRAM. */
INLINE int is_guarded(const uint8_t *guards, uint32_t address) {
    return guards[(address - SRAM_BASE) >> GUARD_SHIFT];
}

/* A word at `address` in SRAM is about to change. */
SELDOM void code_written(Core *core, uint32_t address) {
    const Original *original = core->translation->originals;
    const Original *end = original + core->translation->original_count;
    for (; original < end; original++) {
        if (address + 4 <= original->address || address >= original->address + original->size) continue;
        core->in_force &= ~(1u << SRAM);
        core->unsure |= 1u << SRAM;
        reconsider(core);
    }
}

static const uint8_t *code_at(const Core *core, uint32_t address) {
    const uint8_t *memories[MEMORIES_OF_CODE] = {core->rom, core->flash, core->sram};
    return memories[address >> 28] + (address & 0x0FFFFFFF & (address >> 28 == FLASH ? core->flash_mask : UINT32_MAX));
}

/* Put in force what is translated, except of memories that hold something else. SRAM may be filled later. */
SELDOM void compare_code(Core *core) {
    const Original *original = core->translation ? core->translation->originals : NULL;
    const Original *end = original ? original + core->translation->original_count : NULL;
    uint32_t changed = 0;
    for (; original < end; original++) {
        uint32_t memory = 1u << (original->address >> 28);
        if (!(core->unsure & ~changed & memory)) continue;
        if (memcmp(code_at(core, original->address), original->content, original->size)) changed |= memory;
    }
    core->in_force = (core->in_force | core->unsure) & ~changed;
    core->unsure = changed & 1u << SRAM;
}

#endif
