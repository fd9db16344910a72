/* The memory map (RP2040 datasheet section 2.2): memories and what is read in tight loops here, the rest in Python.
 *
 * `read` and `write` reach everything. They take naturally aligned addresses, add the cycles that the access costs
 * beyond the instruction's first, and raise a bus fault on what does not exist. `load` and `store` do the same for
 * instructions, and are quick where most of them go: to SRAM, and to flash for reading. */
#ifndef TOTPKEY_BUS_H
#define TOTPKEY_BUS_H

#include "blocks.h"
#include "places.h"
#include "system.h"

enum { XIP_BASE = 0x10000000, XIP_END = 0x14000000, DPRAM_BASE = 0x50100000 };
enum { I2C0_BASE = 0x40044000, I2C1_BASE = 0x40048000 };
enum { BUFFER_CONTROL = DPRAM_BASE + 0x80, BUFFER_CONTROL_SIZE = 0x80 };
enum { IC_RAW_INTR_STAT = 0x34, IC_CLR_TX_ABRT = 0x54, IC_RXFLR = 0x78, IC_TX_ABRT_SOURCE = 0x80, R_TX_ABRT = 0x40 };
/* Extra cycles behind the APB bridge (datasheet section 2.1.4: 3 to read, 4 to write in all). */
enum { APB_READ = 3, APB_WRITE = 4 };

/* Where `address` lies in host memory, or NULL for what is not plain memory. Flash is read only. */
INLINE uint8_t *memory(Core *core, uint32_t address, int writing) {
    switch (address >> 28) {
    case 0x0: return address < ROM_SIZE && !writing ? core->rom + address : NULL;
    case 0x1: return address < XIP_END && !writing ? core->flash + (address & core->flash_mask) : NULL;
    case 0x2:
        if (address - SRAM_BASE >= SRAM_SIZE) return NULL;
        if (writing && is_guarded(core->guards, address)) code_written(core, address);
        return core->sram + (address - SRAM_BASE);
    case 0x5: return address - DPRAM_BASE < DPRAM_SIZE ? core->dpram + (address - DPRAM_BASE) : NULL;
    default: return NULL;
    }
}

/* What firmware polls while a byte is on the bus. The abort registers act on reading only after an abort. */
INLINE uint32_t i2c_read(Core *core, uint32_t address, uint32_t number) {
    switch (address & 0xFFF) {
    case IC_RAW_INTR_STAT: return core->i2c_raw[number];
    case IC_RXFLR: return core->i2c_received[number];
    case IC_CLR_TX_ABRT: case IC_TX_ABRT_SOURCE:
        return core->i2c_raw[number] & R_TX_ABRT ? ask_python(core, address) : 0;
    default: return ask_python(core, address);
    }
}

INLINE uint32_t apb_read(Core *core, uint32_t address) {
    core->cycles += APB_READ;
    if (address >> 14 == TIMER_BASE >> 14) return timer_read(core, address);
    switch (address & ~0xFFFu) {
    case I2C0_BASE: return i2c_read(core, address, 0);
    case I2C1_BASE: return i2c_read(core, address, 1);
    default: return ask_python(core, address);
    }
}

INLINE uint32_t device_read(Core *core, uint32_t address) {
    switch (address >> 28) {
    case 0xD: return sio_read(core, address);
    case 0xE: core->cycles++; return system_read(core, address);
    case 0x4: return apb_read(core, address);
    default: core->cycles++; return ask_python(core, address);
    }
}

/* The USB host is told of buffers, so that it need not ask all the time. */
INLINE void memory_written(Core *core, uint32_t address) {
    core->cycles++;
    if (address - BUFFER_CONTROL >= BUFFER_CONTROL_SIZE) return;
    core->buffers_touched = core->stop = 1;
    look(core);
}

/* Writes to ROM and to the caching alias of flash are ignored; TinyUSB's driver relies on it for end point 0. */
INLINE void device_write(Core *core, uint32_t address, uint32_t value) {
    if (address < ROM_SIZE || address >> 24 == 0x10) { core->cycles++; return; }
    switch (address >> 28) {
    case 0xD: sio_write(core, address, value); return;
    case 0xE: core->cycles++; system_write(core, address, value); return;
    case 0x4:
        core->cycles += APB_WRITE;
        if (address >> 14 == TIMER_BASE >> 14) timer_write(core, address, value);
        else tell_python(core, address, value);
        return;
    default:
        core->cycles++;
        tell_python(core, address, value);
    }
}

SELDOM uint32_t read32(Core *core, uint32_t address) {
    uint8_t *at = memory(core, address, 0);
    uint32_t value;
    if (address & 3) { bus_fault(core); return 0; }
    if (!at) return device_read(core, address);
    core->cycles++;
    memcpy(&value, at, 4);
    return value;
}

SELDOM uint32_t read16(Core *core, uint32_t address) {
    uint8_t *at = memory(core, address, 0);
    uint16_t value;
    if (address & 1) { bus_fault(core); return 0; }
    if (!at) return (device_read(core, address & ~3u) >> (address & 2) * 8) & 0xFFFF;
    core->cycles++;
    memcpy(&value, at, 2);
    return value;
}

SELDOM uint32_t read8(Core *core, uint32_t address) {
    uint8_t *at = memory(core, address, 0);
    if (!at) return (device_read(core, address & ~3u) >> (address & 3) * 8) & 0xFF;
    core->cycles++;
    return *at;
}

SELDOM void write32(Core *core, uint32_t address, uint32_t value) {
    uint8_t *at = memory(core, address, 1);
    if (address & 3) { bus_fault(core); return; }
    if (!at) { device_write(core, address, value); return; }
    memcpy(at, &value, 4);
    memory_written(core, address);
}

/* Devices see narrow writes on every lane of the bus (datasheet section 2.1.4), memories on their own. */
SELDOM void write16(Core *core, uint32_t address, uint32_t value) {
    uint8_t *at = memory(core, address, 1);
    uint16_t half = (uint16_t)value;
    if (address & 1) { bus_fault(core); return; }
    if (!at) { device_write(core, address & ~3u, half * 0x00010001u); return; }
    memcpy(at, &half, 2);
    memory_written(core, address);
}

SELDOM void write8(Core *core, uint32_t address, uint32_t value) {
    uint8_t *at = memory(core, address, 1);
    if (!at) { device_write(core, address & ~3u, (value & 0xFF) * 0x01010101u); return; }
    *at = (uint8_t)value;
    memory_written(core, address);
}

/* Where `size` bytes at `address` lie in SRAM; NULL if elsewhere or not aligned. Turned so that the bits which must
 * be 0 are on top, the offset is too large with any of them. */
INLINE uint8_t *in_sram(const Run *run, uint32_t address, uint32_t size) {
    uint32_t offset = address - SRAM_BASE;
    uint32_t turned = size == 4 ? offset >> 2 | offset << 30 : size == 2 ? offset >> 1 | offset << 31 : offset;
    return turned < SRAM_SIZE / size ? run->sram + offset : NULL;
}

/* The same for writing, unless translated code is near. */
INLINE uint8_t *in_data(const Run *run, uint32_t address, uint32_t size) {
    uint8_t *at = in_sram(run, address, size);
    return at && !is_guarded(run->guards, address) ? at : NULL;
}

/* For reading, from SRAM and from flash. */
INLINE const uint8_t *in_memory(const Run *run, uint32_t address, uint32_t size) {
    uint8_t *at = in_sram(run, address, size);
    if (at || address - XIP_BASE >= XIP_END - XIP_BASE || address & (size - 1)) return at;
    return run->flash + (address & run->core->flash_mask);
}

/* What is asked may look at the time. */
INLINE uint32_t load_elsewhere(Run *run, uint32_t address, uint32_t (*read)(Core *, uint32_t)) {
    uint32_t value;
    run->core->cycles = run->cycles;
    value = read(run->core, address);
    run->cycles = run->core->cycles;
    run->elsewhere = 1;
    return value;
}

INLINE void store_elsewhere(Run *run, uint32_t address, uint32_t value, void (*write)(Core *, uint32_t, uint32_t)) {
    run->core->cycles = run->cycles;
    write(run->core, address, value);
    run->cycles = run->core->cycles;
    run->elsewhere = 1;
}

INLINE uint32_t load32(Run *run, uint32_t address) {
    const uint8_t *at = in_memory(run, address, 4);
    uint32_t value;
    if (!at) return load_elsewhere(run, address, read32);
    run->cycles++;
    memcpy(&value, at, 4);
    return value;
}

INLINE uint32_t load16(Run *run, uint32_t address) {
    const uint8_t *at = in_memory(run, address, 2);
    uint16_t value;
    if (!at) return load_elsewhere(run, address, read16);
    run->cycles++;
    memcpy(&value, at, 2);
    return value;
}

INLINE uint32_t load8(Run *run, uint32_t address) {
    const uint8_t *at = in_memory(run, address, 1);
    uint8_t value;
    if (!at) return load_elsewhere(run, address, read8);
    run->cycles++;
    memcpy(&value, at, 1);
    return value;
}

INLINE void store32(Run *run, uint32_t address, uint32_t value) {
    uint8_t *at = in_data(run, address, 4);
    if (!at) { store_elsewhere(run, address, value, write32); return; }
    run->cycles++;
    memcpy(at, &value, 4);
}

INLINE void store16(Run *run, uint32_t address, uint32_t value) {
    uint8_t *at = in_data(run, address, 2);
    uint16_t narrow = (uint16_t)value;
    if (!at) { store_elsewhere(run, address, value, write16); return; }
    run->cycles++;
    memcpy(at, &narrow, 2);
}

INLINE void store8(Run *run, uint32_t address, uint32_t value) {
    uint8_t *at = in_data(run, address, 1);
    uint8_t narrow = (uint8_t)value;
    if (!at) { store_elsewhere(run, address, value, write8); return; }
    run->cycles++;
    memcpy(at, &narrow, 1);
}

/* Where instructions come from: a window onto the memory that the last of them lay in. */

/* Let the memory that `at` lies in be the window. NULL where there is none to run code from. */
SELDOM const uint8_t *open_window(Core *core, uint32_t at) {
    uint32_t size = at >> 28 == 0 ? ROM_SIZE : at >> 28 == 1 ? core->flash_mask + 1 : SRAM_SIZE;
    uint32_t start = at >> 28 == 1 ? at & ~core->flash_mask : at & 0xF0000000;
    const uint8_t *code = memory(core, at, 0);
    if (code && at >> 28 <= 2) {
        core->window = code - (at - start);
        core->window_start = start;
        core->window_size = size;
    }
    return code;
}

/* The next halfword of code, and on to the one after it. False after a bus fault. */
INLINE int fetch(Run *run, uint32_t *halfword) {
    Core *core = run->core;
    uint32_t offset = run->pc - core->window_start;
    const uint8_t *at = core->window + offset;
    uint16_t code;
    if (offset >= core->window_size && !(at = open_window(core, run->pc))) { bus_fault(core); return 0; }
    memcpy(&code, at, 2);
    *halfword = code;
    run->pc += 2;
    return 1;
}

#endif
