"""A program tries to get codes of another time from the key, or to stop its codes."""

from __future__ import annotations

from tests.attacks.stage import PIN, REACTION, Stage, done, waits

DAY = 86400


def set_up(stage: Stage) -> None:
    """A key that was set exactly, with an account."""
    stage.set_up()
    stage.port.ask("set_time", time=round(stage.key.true_time), within=60)
    stage.port.close()


def set_on_the_second(stage: Stage) -> None:
    """Let a program set the clock to what it is, as exactly as one can."""
    stage.port.begin()
    stage.key.run(1 - stage.key.true_time % 1)
    done(stage.port.ask("set_time", time=round(stage.key.true_time), within=60))


def away(stage: Stage, days: float) -> None:
    """The key lies in a drawer; then its owner takes it to setup."""
    stage.key.unplug()
    stage.key.wait_unplugged(days * DAY)
    stage.desk.plug_in()
    stage.desk.hold_for_setup()
    stage.port.open()


def number(value: object) -> int:
    assert isinstance(value, int)
    return value


def test_a_program_teaches_the_clock_no_drift(stage: Stage) -> None:
    set_up(stage)
    away(stage, 2)
    # As far ahead as it may go without a touch, and by as much as a drift would still be believed.
    milliseconds = number(done(stage.port.ask("time"))["milliseconds"])
    stage.key.run((1400 - milliseconds) % 1000 / 1000)
    time = number(done(stage.port.ask("time"))["time"])
    done(stage.port.ask("set_time", time=time + 2, within=60))
    told = done(stage.port.ask("clock"))
    assert told["added"] == 0
    away(stage, 60)
    time = number(done(stage.port.ask("time"))["time"])
    off = number(done(stage.port.ask("clock"))["off"])
    assert abs(time - stage.key.true_time) < 3
    # And what the key says of itself is true.
    assert abs(time - stage.key.true_time) * 1000 <= off + 3000


def test_not_even_the_right_time_teaches_a_drift_without_agreement(stage: Stage) -> None:
    stage.port.open()
    set_on_the_second(stage)
    done(stage.add(label="shop"))
    away(stage, 2)
    stage.key.run(2)
    set_on_the_second(stage)
    assert done(stage.port.ask("clock"))["added"] == 0


def test_a_program_s_time_is_no_part_of_what_the_owner_lets_the_key_learn(stage: Stage) -> None:
    """The owner would agree to a drift that the clock never had: 1 s in 60 days are 193 ppb."""
    set_up(stage)
    away(stage, 2)
    done(stage.port.ask("set_time", time=round(stage.key.true_time) + 1, within=60))
    away(stage, 60)
    stage.key.run(2 - stage.key.true_time % 1)
    done(stage.agree("set_time", time=round(stage.key.true_time), within=60))
    told = done(stage.port.ask("clock"))
    assert abs(number(told["added"])) < 120


def test_what_teaches_the_drift_is_agreed_to(stage: Stage) -> None:
    set_up(stage)
    away(stage, 21)
    stage.key.run(1.2)
    given: dict[str, str | int] = {"time": round(stage.key.true_time), "within": 60}
    assert waits(stage.port.ask("set_time", **given))
    stage.port.pulse()
    done(stage.agree("set_time", **given))


def test_after_years_in_a_drawer_no_drift_explains_more_than_five_minutes(stage: Stage) -> None:
    set_up(stage)
    away(stage, 3650)
    done(stage.agree("set_time", time=round(stage.key.true_time) + 280, within=60))
    assert number(done(stage.port.ask("clock"))["changes"]) == 0
    away(stage, 3650)
    done(stage.agree("set_time", time=round(stage.key.true_time) + 900, within=60))
    assert number(done(stage.port.ask("clock"))["changes"]) == 1


def test_a_new_key_that_a_program_has_set_a_day_ahead_is_not_put_right_in_silence(stage: Stage) -> None:
    stage.port.open()
    now = round(stage.key.true_time)
    done(stage.port.ask("set_time", time=now + 2, within=60))
    stage.port.send("set_time", time=now + DAY, within=60)
    stage.key.run(REACTION)
    stage.port.pulse()
    told = number(done(stage.port.ask("time"))["time"])
    assert abs(told - stage.key.true_time) < 4
    done(stage.agree("set_time", time=round(stage.key.true_time) + DAY, within=60))
    assert number(done(stage.port.ask("clock"))["changes"]) == 1, "and it is in the log"


def test_the_first_time_of_a_new_key_is_named_until_its_owner_agrees_to_one(stage: Stage) -> None:
    """Anyone who had the key first may have set it, even a program."""
    stage.port.open()
    assert number(done(stage.port.ask("clock"))["first"]) == 0
    wrong = round(stage.key.true_time) + 5 * DAY
    done(stage.port.ask("set_time", time=wrong, within=60))
    first = number(done(stage.port.ask("clock"))["first"])
    assert abs(first - wrong) <= 1, "by the key's own time"
    done(stage.add(label="shop"))
    done(stage.port.ask("set_time", time=wrong + 2, within=60))
    away(stage, 1)
    assert number(done(stage.port.ask("clock"))["first"]) == first
    done(stage.agree("set_time", time=round(stage.key.true_time), within=60))
    assert number(done(stage.port.ask("clock"))["first"]) == 0
    away(stage, 1)
    done(stage.port.ask("set_time", time=round(stage.key.true_time), within=60))
    assert number(done(stage.port.ask("clock"))["first"]) == 0


def test_no_program_shortens_the_time_for_which_the_key_types(stage: Stage) -> None:
    stage.set_up_locked()
    before = done(stage.port.ask("clock"))
    for within in (60_000, 30_000):
        stage.port.ask("set_time", time=round(stage.key.true_time), within=within)
    after = done(stage.port.ask("clock"))
    assert number(before["off"]) < 100
    assert number(after["off"]) < 2100
    assert number(after["until"]) > number(before["until"]) - 6 * DAY
    done(stage.agree("unlock_pin", pin=PIN))
    assert done(stage.port.ask("hello"))["clock"] == "trusted"
