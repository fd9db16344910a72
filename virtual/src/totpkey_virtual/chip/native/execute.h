/* One function for each kind of instruction. */
#ifndef TOTPKEY_EXECUTE_H
#define TOTPKEY_EXECUTE_H

#include "instructions.h"
#include "thumb.h"

#define DEFINE(KIND, ...) \
    INLINE void execute_##KIND(Run *run, uint32_t *r, uint32_t code) { (void)r, (void)code; __VA_ARGS__; }
INSTRUCTIONS(DEFINE, DEFINE, DEFINE)
#undef DEFINE

#endif
