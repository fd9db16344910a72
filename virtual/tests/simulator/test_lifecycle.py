"""Power, boot.py and code.py, reloads, resets, the watchdog and safe mode, and the ways of telling time."""

from __future__ import annotations

import pytest

from virtual.tests.simulator.conftest import FOREVER, MakeKey, Printed, classes, plug_in


def test_boot_then_code_at_the_measured_moments(make_key: MakeKey) -> None:
    key = make_key("import time; print('code', time.monotonic_ns() // 1000000)" + "\n" + FOREVER)
    key.run(5)
    key.unplug()
    key.plug()
    plug_in(key)
    assert key.uptime_ms == pytest.approx(23 + 146, abs=2)
    assert "code 23" in key.console


def test_reload_starts_code_again_without_boot(printed: Printed) -> None:
    code = """
import supervisor
print('run', supervisor.runtime.run_reason)
if supervisor.runtime.run_reason == supervisor.RunReason.STARTUP: supervisor.reload()
print('second')
"""
    reasons = [f"run supervisor.RunReason.{name}" for name in ("STARTUP", "SUPERVISOR_RELOAD")]
    assert printed(code, boot="print('boot')") == [reasons[0], ">>>", reasons[1], "second"]


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.parametrize(
    ("place", "options", "runs"),
    [
        ("boot", "reload_on_error=True, sticky_on_error=True", 11),
        ("boot", "reload_on_error=True", 2),
        ("code", "", 1),
        ("boot", "", 1),
    ],
)
def test_set_next_code_file(printed: Printed, place: str, options: str, runs: int) -> None:
    setting = f"import supervisor; supervisor.set_next_code_file('code.py', {options})\n"
    code = (setting if place == "code" else "") + "print('run')\nraise ValueError\n"
    assert printed(code, setting if place == "boot" else "", 10.6).count("run") == runs


def test_the_last_traceback_is_kept_over_a_reload(printed: Printed) -> None:
    boot = "import supervisor; supervisor.set_next_code_file('code.py', reload_on_error=True)"
    code = "import supervisor; print(supervisor.get_previous_traceback()); raise ValueError('first')"
    assert printed(code, boot).count("ValueError: first") == 3, (
        "an error, the next run's past, an error again"
    )


def test_a_reset_runs_boot_again_and_keeps_sleep_memory(printed: Printed) -> None:
    code = """
import alarm, microcontroller, time
print('code', alarm.sleep_memory[0], microcontroller.cpu.reset_reason)
while alarm.sleep_memory[0] < 1:
    alarm.sleep_memory[0] = 1
    microcontroller.reset()
"""
    first, *_, boot, _, second = printed(code, boot="print('boot')")
    assert (first, boot) == ("code 0 microcontroller.ResetReason.POWER_ON", "boot")
    assert second == "code 1 microcontroller.ResetReason.SOFTWARE"


def test_power_loss_blanks_sleep_memory(make_key: MakeKey) -> None:
    key = make_key(
        "import alarm; print(len(alarm.sleep_memory), set(alarm.sleep_memory[:])); alarm.sleep_memory[5] = 9"
    )
    key.run(5)
    key.unplug()
    key.plug()
    key.run(5)
    assert key.console.endswith("256 {0}\n")


def test_nothing_the_firmware_catches_outlives_the_power(make_key: MakeKey) -> None:
    code = """
import time, microcontroller
def work():
    while True:
        try:
            time.sleep(0.1)
        except BaseException:
            print('caught')
        finally:
            microcontroller.nvm[0] = 1
while True:
    try:
        work()
    except BaseException:
        pass
"""
    key = make_key(code)
    key.run(5.03)
    before = key.flash
    key.unplug()
    assert key.flash == before


@pytest.mark.parametrize("hang", ["while True: pass", "while True: x = 1", "time.sleep(100)"])
def test_the_watchdog_resets_a_key_that_hangs(printed: Printed, hang: str) -> None:
    code = f"""
import microcontroller, time, watchdog
print('code', microcontroller.cpu.reset_reason)
microcontroller.watchdog.timeout = 3
microcontroller.watchdog.mode = watchdog.WatchDogMode.RESET
for _ in range(4):
    time.sleep(1)
    microcontroller.watchdog.feed()
print('hanging')
{hang}
"""
    lines = printed(code, seconds=11)
    assert lines.count("hanging") == 1
    assert lines[-1] == "code microcontroller.ResetReason.WATCHDOG"


def test_the_watchdog_ends_with_the_run(printed: Printed) -> None:
    code = """
import microcontroller, watchdog
print('code')
microcontroller.watchdog.timeout = 1
microcontroller.watchdog.mode = watchdog.WatchDogMode.RESET
"""
    assert printed(code) == ["code"]


def test_a_crash_without_safemode_opens_drive_and_console(make_key: MakeKey) -> None:
    key = make_key(FOREVER)
    key.run(5)
    key.crash()
    assert key.run_until(lambda: key.usb.enumeration is None)
    assert classes(plug_in(key)) == [2, 10, 8, 3, 1, 1]


def test_safemode_py_can_bring_the_key_back(make_key: MakeKey) -> None:
    safemode = """
import microcontroller, supervisor
print('safe', supervisor.runtime.safe_mode_reason)
microcontroller.reset()
"""
    key = make_key(FOREVER, files={"safemode.py": safemode})
    key.run(5)
    key.crash()
    key.run(5)
    assert "safe supervisor.SafeModeReason.HARD_FAULT" in key.console
    assert classes(key) == [3]


def test_safemode_py_does_not_run_when_a_person_asked(make_key: MakeKey) -> None:
    key = make_key(FOREVER, files={"safemode.py": "print('safemode.py')"})
    key.run(5)
    key.crash("USER")
    key.run(5)
    assert "safemode.py" not in key.console


def test_a_boot_keyboard_beside_serial_ends_in_safe_mode(make_key: MakeKey) -> None:
    boot = "import usb_hid; usb_hid.enable((usb_hid.Device.KEYBOARD,), boot_device=1)"
    key = make_key(
        "print('code')",
        boot,
        {"safemode.py": "import supervisor; print(supervisor.runtime.safe_mode_reason)"},
    )
    key.run(10)
    assert key.console.endswith("supervisor.SafeModeReason.USB_BOOT_DEVICE_NOT_INTERFACE_ZERO\n")


def test_the_bootloader_runs_no_firmware(make_key: MakeKey) -> None:
    code = """
import microcontroller
print('code')
microcontroller.on_next_reset(microcontroller.RunMode.BOOTLOADER)
microcontroller.reset()
"""
    key = make_key(code)
    key.run(20)
    assert key.console.count("code\n") == 1
    assert key.usb.enumeration is None


def test_unplugged_time_passes_for_the_clock(make_key: MakeKey) -> None:
    key = make_key(FOREVER)
    key.clock.set_unix(key.true_time)
    key.run(1)
    key.unplug()
    key.wait_unplugged(86400)
    assert key.clock.unix_time == pytest.approx(key.true_time, abs=1e-5)
    with pytest.raises(RuntimeError, match="not plugged in"):
        key.run(1)


def test_ticks_start_65_s_before_they_wrap(printed: Printed) -> None:
    code = """
import supervisor, time
first = supervisor.ticks_ms()
time.sleep(65)
print(first > (1 << 29) - 65536, supervisor.ticks_ms() < 65536)
"""
    assert printed(code, seconds=100) == ["True True"]


def test_monotonic_loses_milliseconds(printed: Printed) -> None:
    code = """
import time
time.sleep(20000)
short, exact = time.monotonic(), time.monotonic_ns()
time.sleep(0.003)
print((time.monotonic() - short) * 128 % 1, (time.monotonic_ns() - exact) // 1000000)
"""
    assert printed(code, seconds=21000) == ["0.0 3"]
