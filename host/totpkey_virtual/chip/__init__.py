"""The emulated chip: a real CircuitPython image on an emulated RP2040, with a computer on its USB port.

`key.ChipKey` is what others use. The processor is our own C (`native/`), which makes a boot take half a
second; USB, timer, flash and I2C are ours too; UART, SPI, PWM, PIO, DMA and the rest are rp2040py's.
Not modelled: misses of the XIP cache (device times are lower bounds for silicon), the second core, brown-out
and wear.
"""
