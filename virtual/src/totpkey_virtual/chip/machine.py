"""The assembled RP2040: our processor, memories, USB, timer and flash; rp2040py's other peripherals."""

from __future__ import annotations

from typing import cast

from rp2040py._gpio_pin import GPIOPin
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.irq import IRQ
from rp2040py.peripherals.adc import RPADC
from rp2040py.peripherals.busctrl import RPBUSCTRL
from rp2040py.peripherals.clocks import RPClocks
from rp2040py.peripherals.dma import RPDMA, DREQChannel
from rp2040py.peripherals.io import RPIO
from rp2040py.peripherals.pads import RPPADS
from rp2040py.peripherals.peripheral import Peripheral
from rp2040py.peripherals.psm import RPPSM
from rp2040py.peripherals.pwm import RPPWM
from rp2040py.peripherals.rtc import RP2040RTC
from rp2040py.peripherals.syscfg import RP2040SysCfg
from rp2040py.peripherals.tbman import RPTBMAN
from rp2040py.peripherals.uart import RPUART, IUARTDMAChannels
from rp2040py.peripherals.vreg_and_chip_reset import RPVREGAndChipReset
from rp2040py.peripherals.watchdog import RPWatchdog
from rp2040py.peripherals.xip_ctrl import RPXIPCtrl
from rp2040py.peripherals.xosc import RPXOSC
from rp2040py.qspi_pads import QSPI_PAD_RESET_VALUES
from rp2040py.rp2040 import RP2040
from rp2040py.sio import RPSIO
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from totpkey_virtual.chip.blocks import Pll, Resets, RingOscillator, SysInfo, Timer
from totpkey_virtual.chip.buses import I2cController, SpiController
from totpkey_virtual.chip.clock import DeviceClock
from totpkey_virtual.chip.core_library import CYCLES_PER_US
from totpkey_virtual.chip.flash import FlashInterface, QspiPads, SerialFlash
from totpkey_virtual.chip.native_core import NativeCore
from totpkey_virtual.chip.pio import PacedPio, PlainPio
from totpkey_virtual.chip.usb_controller import UsbController

_SIO = 0xD
_ROM_SIZE, _SRAM_SIZE, _DPRAM_SIZE = 0x4000, 0x42000, 0x1000
_GPIOS, _QSPI_PADS = 30, ("SCLK", "SS", "SD0", "SD1", "SD2", "SD3")
_WATCHDOG_CTRL = 0x0
#: Bits of RESETS (RP2040 datasheet section 2.14.3).
_RESET_IO, _RESET_PADS = 5, 8

#: Addresses of blocks >> 14. Those on the APB are consecutive.
_BLOCK_SHIFT = 14
_XIP_CTRL, _SSI = 0x14000000 >> _BLOCK_SHIFT, 0x18000000 >> _BLOCK_SHIFT
_APB, _TBMAN = 0x40000000 >> _BLOCK_SHIFT, 0x4006C000 >> _BLOCK_SHIFT
_DMA, _USB = 0x50000000 >> _BLOCK_SHIFT, 0x50110000 >> _BLOCK_SHIFT
#: The XIP cache as memory (section 2.6.3.1). The boot ROM keeps parts of a UF2 there. Words only.
_CACHE, _CACHE_SIZE = 0x15000000 >> _BLOCK_SHIFT, 0x4000
_PIO0, _PIO1 = 0x50200000 >> _BLOCK_SHIFT, 0x50300000 >> _BLOCK_SHIFT


_LOGGER = ConsoleLogger(LogLevel.ERROR, throw_on_error=False)


class PowerLost(Exception):
    """The power failed while the chip was running."""


class Machine:
    """One chip from power-on to power-off. A watchdog reset restarts it in place and keeps RAM.

    To rp2040py's peripherals it looks like their `RP2040`. The boot ROM is that of revision B1; B2's differs
    in floating point and USB boot only. `seed` seeds the ring oscillator's random bits.
    """

    def __init__(self, flash: SerialFlash, seed: int | None = 0) -> None:
        self.clock = DeviceClock()
        self.clk_sys = self.clk_peri = CYCLES_PER_US * 1_000_000
        self._reset_asked = self._power_lost = False
        self._build_memories(flash)
        self._build_blocks(cast(RP2040, self), flash, seed)
        self._map_blocks(cast(RP2040, self), seed)
        self.watchdog.on_watchdog_trigger = self._ask_reset
        self.reset()

    def _build_memories(self, flash: SerialFlash) -> None:
        rom = b"".join(word.to_bytes(4, "little") for word in BOOTROM_B1)
        self.usb_dpram = bytearray(_DPRAM_SIZE)
        self._cache = bytearray(_CACHE_SIZE)
        memories = {
            "rom": bytearray(rom.ljust(_ROM_SIZE, b"\x00")[:_ROM_SIZE]),
            "flash": flash.cells,
            "sram": bytearray(_SRAM_SIZE),
            "dpram": self.usb_dpram,
        }
        self.core = NativeCore(memories, self._read_word, self._write_word)
        self.clock.follow(self.core.state)
        flash.now = lambda: self.clock.nanos
        flash.wait_until = self.clock.pass_time
        flash.on_power_loss = self._lose_power
        flash.on_change = self.core.doubt_flash

    def _build_blocks(self, chip: RP2040, flash: SerialFlash, seed: int | None) -> None:
        """Create the blocks that rp2040py's code finds on the chip by name."""
        dreq = DREQChannel
        self.sio = RPSIO(chip)
        self.pwm = RPPWM(chip, "PWM")
        self.dma = RPDMA(chip, "DMA")
        self.adc = RPADC(chip, "ADC")
        self.pio = [PlainPio(chip, "PIO0", IRQ.PIO0_IRQ0, 0), PlainPio(chip, "PIO1", IRQ.PIO1_IRQ0, 1)]
        self.gpio = [GPIOPin(chip, number) for number in range(_GPIOS)]
        self.qspi = [GPIOPin(chip, n, name, always_output_enabled=True) for n, name in enumerate(_QSPI_PADS)]
        channels = (
            IUARTDMAChannels(rx=dreq.DREQ_UART0_RX, tx=dreq.DREQ_UART0_TX),
            IUARTDMAChannels(rx=dreq.DREQ_UART1_RX, tx=dreq.DREQ_UART1_TX),
        )
        self.uart = [RPUART(chip, f"UART{n}", (IRQ.UART0, IRQ.UART1)[n], channels[n]) for n in (0, 1)]
        self.spi = [SpiController(chip, self.clock, number) for number in (0, 1)]
        self.i2c = [I2cController(chip, self.clock, self.core.state, number) for number in (0, 1)]
        self.watchdog = RPWatchdog(chip, "WATCHDOG")
        self.ssi = FlashInterface(chip, flash)
        self.timer = Timer(chip, self.core)
        self.usb = UsbController(chip, self.usb_dpram)

    def _map_blocks(self, chip: RP2040, seed: int | None) -> None:
        """Map blocks by address (RP2040 datasheet section 2.2) and by their bit in RESETS (section 2.14)."""
        adc, dma, pwm, usb, timer = self.adc, self.dma, self.pwm, self.usb, self.timer
        uart, spi, i2c = self.uart, self.spi, self.i2c
        pios = [PacedPio(block, self.clock) for block in self.pio]
        busctrl, rtc = RPBUSCTRL(chip, "BUSCTRL"), RP2040RTC(chip, "RTC")
        plls = Pll(chip, "PLL_SYS"), Pll(chip, "PLL_USB")
        in_resets: dict[int, Peripheral] = {
            **dict(enumerate((adc, busctrl, dma, *i2c))),
            **dict(enumerate((*pios, *plls, pwm, rtc, *spi), start=10)),
            **dict(enumerate((timer, *uart, usb), start=21)),
        }
        pins = {_RESET_IO: self._reset_io, _RESET_PADS: self._reset_pads}
        self._resets = Resets(chip, {bit: block.reset for bit, block in in_resets.items()} | pins)
        apb: tuple[Peripheral, ...] = (
            *(SysInfo(chip, "SYSINFO"), RP2040SysCfg(chip, "SYSCFG"), RPClocks(chip, "CLOCKS"), self._resets),
            *(RPPSM(chip, "PSM"), RPIO(chip, "IO_BANK0"), QspiPads(chip, self.ssi)),
            *(RPPADS(chip, "PADS_BANK0", "bank0"), RPPADS(chip, "PADS_QSPI", "qspi"), RPXOSC(chip, "XOSC")),
            *(*plls, busctrl, *uart, *spi, *i2c, adc, pwm, timer, self.watchdog, rtc),
            *(RingOscillator(chip, seed), RPVREGAndChipReset(chip, "VREG")),
        )
        self._blocks: dict[int, Peripheral] = {
            **{_APB + number: block for number, block in enumerate(apb)},
            _TBMAN: RPTBMAN(chip, "TBMAN"),
            _XIP_CTRL: RPXIPCtrl(chip, "XIP_CTRL"),
            _SSI: self.ssi,
            _DMA: dma,
            _USB: usb,
            _PIO0: pios[0],
            _PIO1: pios[1],
        }

    # Running

    def run_until(self, nanos: int) -> None:
        """Run to device time `nanos`. Raises PowerLost and ChipLockup."""
        self.clock.limit(nanos)
        while self.clock.nanos < nanos:
            self.core.run()
            if self._power_lost:
                raise PowerLost
            if self._reset_asked:
                self._reset_asked = False
                self.reset()
            if self.core.take_buffers_touched():
                self.usb.on_buffers_changed()
            self.clock.fire_due()

    def reset(self) -> None:
        """Reset all blocks, then start in the boot ROM. Memories keep their contents.

        The watchdog's scratch and reason registers survive its reset (RP2040 datasheet section 4.7), for
        which the firmware selects every block.
        """
        for block in self._blocks.values():
            if block is not self.watchdog:
                block.reset()
        self.watchdog.write_uint32(_WATCHDOG_CTRL, 0)
        self.sio.reset()
        self._reset_io()
        self._reset_pads()
        for pin in self.qspi:
            pin.reset()
        for pin, pads in zip(self.qspi, QSPI_PAD_RESET_VALUES, strict=True):
            pin.pad_value = pads
        self.core.reset()

    def _reset_io(self) -> None:
        for pin in self.gpio:
            pin.reset(pads=False)

    def _reset_pads(self) -> None:
        for pin in self.gpio:
            pin.reset(io=False)

    def _ask_reset(self) -> None:
        """Reset after the present instruction, since the C code is still executing it."""
        self._reset_asked = True
        self.core.stop()

    def _lose_power(self) -> None:
        self._power_lost = True
        self.core.stop()

    # What rp2040py's blocks expect of the chip

    @property
    def logger(self) -> ConsoleLogger:
        return _LOGGER

    @property
    def simulator(self) -> Machine:
        """With an owner set, rp2040py does not step its PIO by itself."""
        return self

    @property
    def gpio_values(self) -> int:
        return sum(1 << pin.index for pin in self.gpio if pin.input_value)

    def set_interrupt(self, irq: int, value: bool) -> None:
        self.core.set_interrupt(irq, value)

    def update_io_interrupt(self) -> None:
        self.core.set_interrupt(IRQ.IO_BANK0, any(pin.irq_value for pin in self.gpio))

    def read_uint32(self, address: int) -> int:
        return self.core.load(address, 4)

    def read_uint16(self, address: int) -> int:
        return self.core.load(address, 2)

    def read_uint8(self, address: int) -> int:
        return self.core.load(address, 1)

    def write_uint32(self, address: int, value: int) -> None:
        self.core.store(address, value, 4)

    def write_uint16(self, address: int, value: int) -> None:
        self.core.store(address, value, 2)

    def write_uint8(self, address: int, value: int) -> None:
        self.core.store(address, value, 1)

    # What the C core does not know

    def _read_word(self, address: int) -> int:
        if address >> 28 == _SIO:
            return int(self.sio.read_uint32(address & 0xFFF)) & 0xFFFFFFFF
        if address >> _BLOCK_SHIFT == _CACHE:
            return int.from_bytes(self._cache[address % _CACHE_SIZE :][:4], "little")
        block = self._blocks.get(address >> _BLOCK_SHIFT)
        if block is None:
            self.core.raise_bus_fault()
            return 0
        return block.read_uint32(address & 0xFFF) & 0xFFFFFFFF

    def _write_word(self, address: int, value: int) -> None:
        if address >> 28 == _SIO:
            self.sio.write_uint32(address & 0xFFF, value)
            return
        if address >> _BLOCK_SHIFT == _CACHE:
            start = address % _CACHE_SIZE
            self._cache[start : start + 4] = value.to_bytes(4, "little")
            return
        block = self._blocks.get(address >> _BLOCK_SHIFT)
        if block is None:
            self.core.raise_bus_fault()
            return
        block.write_uint32_atomic(address & 0xFFF, value, address >> 12 & 3)
