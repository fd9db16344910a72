"""Attackers: a program with the port, a thief with the key, a thief with its flash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.attacks.pairs import request
from tests.attacks.stage import CALM, REACTION, Message, Port, done, waits
from tests.life import dumps, faces, owner
from tests.life import expected as model
from tests.life.expected import require
from tests.life.world import World
from totpkey.accounts.account import Account
from totpkey_protocol import commands, errors, limits
from totpkey_protocol.fields import Command
from totpkey_protocol.words import HOTP, LOCKED, NEVER, OPEN

#: Commands with a class of consent that need no touch for some requests.
_FREE = "add", "clone_receive", "set_time", "init"
#: Why the key may refuse a right request before it asks for a touch: all gestures are used up for a while,
#: no clone was begun, there is no such lock, no card, or no time for a code.
_REFUSED = (
    *(errors.BUSY, errors.CALM, errors.NOT_ALLOWED, errors.EXPORT_OFF, errors.NO_SUCH_SLOT, errors.NOT_FOUND),
    *(errors.CLOCK_NOT_SET, errors.CLOCK_DOUBTFUL, errors.CLOCK_MISSING),
)
#: By how much a program moves the clock at once, in s; and how often a thief guesses.
_STEPS = 1, 1, 60, 3600
_GUESSES = 1, 3, limits.TRIES, limits.TRIES
#: For how long pages may still be sealed under a new key after the last change, in s.
_SEALED = 8


def touched() -> list[Command]:
    """The commands that need a touch on an open key."""
    return [
        each
        for each in commands.COMMANDS
        if each.consent != NEVER and OPEN in each.states and each.name not in _FREE
    ]


def _at_work(world: World) -> bool:
    """Have the owner open setup, look, and leave the key there."""
    with faces.setup(world) as client:
        entries = owner.look(world, client)
        world.stage.port.session = b""
    return bool(entries)


def asks_for_everything(world: World) -> None:
    """A program asks for what needs a touch, and withdraws it."""
    if not _at_work(world):
        return
    port = world.stage.program
    port.open()
    first: dict[str, object] = done(port.ask("list"))["accounts"][0]  # type: ignore[index]
    for command in world.dice.sample(touched(), 7):
        message = port.ask(
            command.name, **request(command, str(first["account"]), round(world.key.true_time))
        )
        world.need_power()
        refused = _may_be_refused(command, message, first)
        require(refused or waits(message), "Agreed", f"{command.name} got {message} without a touch")
        if waits(message):
            world.gestures.note(str(message["gesture"]), command.consent, world.key.true_time)
            world.say(f"a program asked for {command.name}, which waits for a touch")
            port.begin()
    port.close()
    _check_unchanged(world)


def _may_be_refused(command: Command, message: Message, account: Mapping[str, object]) -> bool:
    """Whether a key may refuse such a request for that account before it asks for a touch."""
    # Nobody lends a code by counter by a file, nor renews an end without its owner's answer.
    by_counter = command.name == "lend" and account["type"] == HOTP
    ended = command.name == "set_end" and bool(account.get("end"))
    bad = (errors.BAD_VALUE,) if by_counter or ended else ()
    over = (errors.END_REACHED,) if command.name == "code" and account.get("over") else ()
    return message.get("error") in (*_REFUSED, *bad, *over)


def _check_unchanged(world: World) -> None:
    world.need_power()
    world.unplug()
    with faces.setup(world) as client:
        owner.look(world, client)


def swaps_a_request(world: World) -> None:
    """The owner asks for one thing, a program puts another in its place, and the owner makes the gesture."""
    if not _at_work(world):
        return
    first, second = world.dice.sample(touched(), 2)
    ours, theirs = world.stage.port, world.stage.program
    ours.open()
    account = str(done(ours.ask("list"))["accounts"][0]["account"])  # type: ignore[index]
    notice = ours.ask(first.name, **request(first, account, round(world.key.true_time)))
    if not waits(notice):
        return
    world.gestures.note(str(notice["gesture"]), first.consent, world.key.true_time)
    world.key.run(world.dice.choice((0.05, 1.2, 2.0)))
    theirs.session = b""
    answer = theirs.ask(second.name, **request(second, account, round(world.key.true_time)))
    if waits(answer):
        world.gestures.note(str(answer["gesture"]), second.consent, world.key.true_time)
    world.stage.gesture(notice, world.dice.choice((0.05, REACTION)))
    world.need_power()
    last = theirs.last(answer["id"], 3) if waits(answer) else answer  # type: ignore[arg-type]
    require("ok" not in last, "Meant", f"the gesture for {first.name} served {second.name}")
    ours.close()
    world.run(CALM)
    world.listen()
    world.say(f"a program put {second.name} in the place of the owner's {first.name}")
    _check_unchanged(world)


def adds_accounts(world: World) -> None:
    """A program adds accounts until the key asks for a touch. The owner finds and removes them."""
    if not _at_work(world):
        return
    port, came = world.stage.program, list[Account]()
    port.open()
    for account in _planted(world):
        message = port.ask("add", label=account.label, secret=account.secret.hex(), proof=0)
        world.need_power()
        if "ok" not in message:
            require(waits(message), "Eight additions", f"a program's account got {message}")
            break
        came.append(account)
        require(len(came) <= limits.FREE_CHANGES, "Eight additions", f"{len(came)} came without a touch")
        world.expected.begin(model.with_accounts((account,)))
        world.expected.acknowledge()
    port.close()
    world.unplug()
    world.say(f"a program added {len(came)} accounts")
    _remove_all(world, came)


def _planted(world: World) -> Iterator[Account]:
    for number in range(limits.FREE_CHANGES + 1):
        account = Account("", f"planted {number}", world.dice.randbytes(20))
        world.expected.keep_secret(account)
        world.expected.begin(model.with_accounts((account,)))
        yield account
    world.expected.refuse()


def _remove_all(world: World, planted: list[Account]) -> None:
    world.expected.refuse()
    for _ in planted:
        with faces.setup(world) as client:
            entries = owner.look(world, client)
            owner.remove(world, client, len(entries) - 1, entries[-1])


def moves_the_clock(world: World) -> None:
    """A program sets the clock ahead or back, in small or large steps, until the key asks for a touch."""
    if world.expected.clock.absent or world.expected.clock.lost or not _at_work(world):
        return
    port, step = world.stage.program, world.dice.choice((1, -1)) * world.dice.choice(_STEPS)
    before = world.key.clock.unix_time - world.key.true_time
    world.expected.clock.moved = True
    try:
        _move(world, port, step)
    finally:
        # Also after a cut.
        off = world.key.clock.unix_time - world.key.true_time
        world.expected.clock.shift(off - before, world.key.true_time)
    most = world.expected.clock.off(world.key.true_time)
    require(
        abs(off) <= most,
        "On time",
        f"a program moved the clock off by {off:.1f} s; {most:.1f} s are explained",
    )
    world.unplug()
    world.say(f"a program moved the clock, which is now off by {off:.1f} s")


def _move(world: World, port: Port, step: int) -> None:
    port.open()
    for _ in range(25):
        told = done(port.ask("time"))
        message = port.ask("set_time", time=int(str(told["time"])) + step, within=0)
        world.need_power()
        if waits(message):
            port.begin()
            break
    port.close()


def floods_the_port(world: World) -> None:
    with faces.setup(world) as client:
        owner.look(world, client)
    world.key.open_serial()
    for _ in range(world.dice.randrange(1, 6)):
        world.key.write_serial(
            world.dice.choice((world.dice.randbytes(900), b"\n" * 500, b'{"id":1,"command":'))
        )
        world.run(0.2)
    world.key.close_serial()
    world.key.run(0.1)
    world.say("a program flooded the port")
    with faces.setup(world) as client:
        owner.look(world, client)


# A thief


def guesses_the_pin(world: World) -> None:
    """A few times, or until it is spent, with the hands at the key. Then it is put back."""
    if not world.expected.possible[0].lockable:
        return
    left, pin = world.dice.choice(_GUESSES), world.expected.state.pin
    while left > 0:
        # After so many the key wants to be plugged in again.
        world.unplug()
        guess = _guess_at_button if any(state.bound for state in world.expected.possible) else _guess
        if not guess(world, min(left, limits.TRIES_A_POWER_UP)):
            break
        left -= limits.TRIES_A_POWER_UP
    world.unplug()
    state = world.expected.state
    if pin is not None and (state.blocked or state.pin is None):
        dumps.look_for_spent(world, pin)


def _guess_at_button(world: World, count: int) -> bool:
    """The same where an element checks the PIN, which only the button can enter."""
    world.plug_in()
    element = world.key.element
    if world.in_setup or not (element and element.connected):
        return False
    for _ in range(count):
        if not all(state.bound for state in world.expected.possible):
            return False
        faces.wait_for_the_next_try(world)
        guess = str(world.dice.randrange(10**8, 10**9))
        world.expected.pins.add(guess)
        with world.by_hand(model.after_wrong_pin):
            world.enter_pin(guess)
        world.listen()
        world.say("guessed a wrong PIN")
    return True


def _guess(world: World, count: int) -> bool:
    """Guess so often. Whether there is a PIN left to guess at."""
    with faces.at_port(world) as client:
        if client.hello().state != LOCKED or not client.slots().pin:
            return False
        for _ in range(count):
            if any(state.blocked or state.pin is None for state in world.expected.possible):
                return False
            guess = str(world.dice.randrange(10**8, 10**9))
            world.expected.pins.add(guess)
            require(not faces.try_pin(world, client, guess), "Opens", "a guess opened the key")
            world.say("guessed a wrong PIN")
    return True


def asks_a_locked_key(world: World) -> None:
    if not all(state.lockable for state in world.expected.possible):
        return
    world.unplug()
    with faces.at_port(world, locked=True):
        pass
    port = world.stage.program
    port.open()
    for command in commands.COMMANDS:
        if OPEN in command.states and len(command.states) == 1:
            message = port.ask(command.name, **request(command, "00000000", round(world.key.true_time)))
            world.need_power()
            require(
                "error" in message, "Closed", f"a locked key answered {command.name} with {sorted(message)}"
            )
    port.close()
    world.unplug()
    world.say("a program asked a locked key")


def reads_the_flash(world: World) -> None:
    """A dump of a key that had time to tidy."""
    if not faces.everyday(world) or len(world.expected.possible) > 1:
        return
    world.run(_SEALED)
    world.unplug()
    dumps.look(world)
    world.say("a thief read the flash")
