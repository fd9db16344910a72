"""The emulated chip: a real CircuitPython image on an emulated RP2040, connected to a USB host.

`key.ChipKey` is the interface. The processor is our own C (`native/`), to which the image's busiest code is
translated (`translations.py`); a boot takes it 0.14 s. USB, timer, flash and I2C are ours as well; UART, SPI,
PWM, PIO, DMA and the rest are rp2040py's.
Not modelled: misses of the XIP cache (device times are lower bounds for silicon), the second core, brown-out
and wear.
"""
