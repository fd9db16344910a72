"""How the owner gets from one face of the key to the other, and opens its lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.life import expected as model
from tests.life.expected import Broken, require
from tests.life.firmware import digest
from tests.life.signing import is_beginning
from tests.life.world import World
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey_protocol import errors, limits
from totpkey_protocol.words import BLANK, BLOCKED, EVERYTHING, LOCKED, OPEN

#: How often the owner enters a PIN on the key though a program asks for it, and a wrong passphrase first.
_BY_HAND, _SLIPS = 0.2, 0.2


def everyday(world: World) -> bool:
    """Bring the key into its everyday face, open. False if it has no account."""
    opened = _everyday(world)
    if opened and any(not state.accounts for state in world.expected.possible):
        # A key whose accounts were all removed has this face, too.
        return _through_setup(world)
    return opened


def _everyday(world: World) -> bool:
    world.plug_in()
    if not world.in_setup and not world.open and _has_certain_pin(world) and not _lacks_element(world):
        return _enter_pin(world)
    if world.in_setup or not (world.open or _has_no_lock(world)):
        return _through_setup(world)
    return True


def _has_no_lock(world: World) -> bool:
    return not any(state.lockable for state in world.expected.possible)


def _has_certain_pin(world: World) -> bool:
    pins = {state.pin for state in world.expected.possible}
    return len(pins) == 1 and pins != {None} and not any(state.blocked for state in world.expected.possible)


def _lacks_element(world: World) -> bool:
    """Whether the element that may check the PIN is gone."""
    return not _element_answers(world) and any(state.bound for state in world.expected.possible)


def _element_answers(world: World) -> bool:
    return world.key.element is not None and world.key.element.connected


def _enter_pin(world: World) -> bool:
    """With the button. A press afterwards shows whether it was taken."""
    wait_for_the_next_try(world)
    expected, answers = world.expected, _element_answers(world)
    # With a passphrase, an element that answers checks the PIN from now on; with a backup alone perhaps.
    sure = answers and all(state.derived is not None for state in expected.possible)
    between = (model.with_element,) if answers else ()
    with world.by_hand(
        model.with_element if sure else model.opened, model.opened, *between, model.after_wrong_pin
    ):
        world.enter_pin(expected.state.pin or "")
        if answers:
            world.run(_TAKES)
    if answers and not sure:
        expected.may_have(model.with_element)
    world.open = True
    return True


def _through_setup(world: World) -> bool:
    with setup(world) as client:
        filled = bool(client.list())
        seen = "the key has accounts" if filled else "the key is empty"
        world.expected.observe(lambda state: bool(state.accounts) == filled, "Kept", seen)
        if not filled:
            return False
        client.done()
    world.await_face(serial=False)
    return True


def wait_for_the_next_try(world: World) -> None:
    """After three wrong PINs each further one takes longer until it is taken, also after a start."""
    used = limits.TRIES - min(state.tries for state in world.expected.possible)
    if used >= limits.TRIES_A_POWER_UP:
        world.run(2.0 ** (used - 2) + 0.1)


#: How long a key takes to show that a hold leads to setup, and to let its element check a PIN, in s.
_ASKS, _TAKES = 3.0, 12.0


@contextmanager
def setup(world: World) -> Iterator[KeyClient]:
    """A program of the owner's before the key in setup, which is open."""
    with at_port(world) as client:
        _open(world, client)
        yield client
        world.need_power()
        world.look_for_faults()


@contextmanager
def at_port(world: World, locked: bool = False) -> Iterator[KeyClient]:
    """The same before a key that may still be locked, or certainly is, if it has a lock."""
    world.plug_in()
    if not world.in_setup:
        if world.key.element:
            # A key that is asked for setup and then waits for the next try forgets what it was asked for.
            wait_for_the_next_try(world)
        explains = _hold(world)
        if world.key.element:
            _pass_the_element(world, locked)
        world.await_face(serial=True)
        # A touch shortly before the next code waits for that.
        if world.listen(explains):
            world.given.sure = False
    with world.desk.client(world.obey) as client:
        yield client


def _pass_the_element(world: World, locked: bool) -> None:
    """A key whose PIN an element checks asks for it before setup. A second hold leads there without."""
    asks = not world.key.run_until(lambda: world.in_setup or world.key.usb.enumeration is None, _ASKS)
    world.need_power()
    # A hold may be lost. A PIN that is entered after it would type as many codes as it has presses.
    require(not (asks and world.shaken), "A way back", "a hold beside something leads nowhere")
    world.expected.observe(
        lambda state: state.bound == asks, "Closed", f"a hold {'asks' if asks else 'does not ask'}"
    )
    if not asks:
        return
    world.open = False
    passphrase = all(state.derived is not None for state in world.expected.possible)
    element = world.key.element
    if element and not element.connected and not passphrase and not locked:
        # Nothing else opens it.
        element.connected = True
        world.say("the element is back")
    if (
        locked
        or not _has_certain_pin(world)
        or not _element_answers(world)
        or (passphrase and world.dice.random() < 0.3)
    ):
        world.key.press(3.3)
        world.need_power()
        return
    with world.by_hand(model.opened, model.after_wrong_pin):
        world.enter_pin(world.expected.state.pin or "")
    world.open = True


def expect_element(world: World, client: KeyClient) -> None:
    """The key says whether an element checks its PIN."""
    if world.key.element:
        bound = client.slots().with_element
        seen = f"the PIN is {'' if bound else 'not '}one with the element"
        world.expected.observe(lambda state: state.bound == bound, "Eight tries", seen)


def _hold(world: World) -> Callable[[str], bool]:
    """Hold the button for setup. With a single account, the touch already types a code: what explains it."""
    world.listen()
    world.key.set_button(True)
    world.key.run(3.2)
    world.key.set_button(False)
    world.need_power()
    single = any(len(state.accounts) == 1 for state in world.expected.possible)
    types = single and (world.open or not all(state.lockable for state in world.expected.possible))

    def explains(text: str) -> bool:
        return not text or (types and is_beginning(world, text))

    # A code that was waited for may begin now, and go on before the key changes to setup.
    begun = world.listen(explains)
    world.given.sure &= not begun
    return lambda text: explains(begun + text)


def expect_firmware(world: World, client: KeyClient) -> None:
    """The key runs one of the possible releases, and its next start does so, too."""
    firmware = client.firmware()
    require(firmware.kept, "Updated", f"the firmware in slot {firmware.slot} runs, and is not kept")
    world.expected.observe(
        lambda state: (
            digest(world.drive, world.habits.board, state.release, firmware.slot) == firmware.digest
        ),
        "Updated",
        f"other firmware runs from slot {firmware.slot}",
    )


def refusal(call: Callable[[], object]) -> str:
    """Why the key refuses, "" if it does not. Raises KeyRefused if it is busy."""
    try:
        call()
    except KeyRefused as refusal:
        if refusal.code in (errors.BUSY, errors.CALM):
            raise
        return refusal.code
    return ""


def _open(world: World, client: KeyClient) -> None:
    if len({state.release for state in world.expected.possible}) > 1:
        expect_firmware(world, client)
    state = client.hello().state
    if state == BLANK:
        world.expected.observe(lambda each: not each.accounts and not each.lockable, "Kept", "a blank key")
    elif state == OPEN:
        if not world.open:
            world.expected.observe(lambda each: not each.lockable, "Closed", "a key with a lock starts open")
    elif state == LOCKED:
        world.expected.observe(lambda each: each.lockable, "Opens", "a locked key")
        _unlock(world, client)
    else:
        require(state == BLOCKED, "A way back", f"the key says that it is {state}")
        _come_back(world, client)


def _come_back(world: World, client: KeyClient) -> None:
    """A blocked key: the passphrase opens it, or all that is left is to wipe it."""
    expected = world.expected
    expected.observe(lambda state: state.blocked or state.derived is not None, "Eight tries", "a blocked key")
    if expected.state.derived is not None:
        _unlock_by_passphrase(world, client)
    else:
        wipe(world, client)


def wipe(world: World, client: KeyClient) -> None:
    """All accounts go."""
    for state in world.expected.possible:
        for account in state.accounts:
            world.expected.forget(account)
    # Accounts that come back get other ids.
    world.ids.clear()
    # A cut may leave the accounts, without the codes in NVM.
    world.given.forget(sure=False)
    with world.asking(EVERYTHING, model.wiped):
        client.wipe()
    world.open = False
    world.expected.clock.lose()
    world.given.forget()
    world.say("wiped")


def _unlock(world: World, client: KeyClient) -> None:
    slots = client.slots()
    seen = f"PIN: {slots.pin}, passphrase: {slots.passphrase}, {slots.tries} tries"
    world.expected.observe(
        lambda state: (
            (state.pin is not None, state.derived is not None) == (slots.pin, slots.passphrase)
            and (state.pin is None or state.tries == slots.tries)
            and state.bound == slots.with_element
        ),
        "Eight tries",
        seen,
    )
    if slots.pin and not slots.with_element and (not slots.passphrase or world.dice.random() < 0.5):
        _unlock_by_pin(world, client)
    else:
        _unlock_by_passphrase(world, client)


def _unlock_by_pin(world: World, client: KeyClient) -> None:
    """Try the PINs that the key may have after a cut, the newest first."""
    for pin in dict.fromkeys(state.pin for state in reversed(world.expected.possible)):
        opened = try_pin(world, client, pin or "")
        left = [state for state in world.expected.possible if (state.pin == pin) == opened]
        require(bool(left), "Opens", f"the PIN {'opens' if opened else 'does not open'} the key")
        world.expected.possible = left
        if opened:
            return
    raise Broken("Opens", "no PIN opens the key")


def try_pin(world: World, client: KeyClient, pin: str) -> bool:
    """Enter a PIN; whether it opens the key. A wrong one costs a try."""
    world.desk.wait_for_the_next_try(client)
    right = any(state.pin == pin for state in world.expected.possible)
    # The try is counted before the PIN is compared.
    world.expected.begin(model.opened if right else model.after_wrong_pin, model.after_wrong_pin)
    if not _opens(world, client, pin):
        require(not world.was_shaken, "Opens", "a PIN was entered beside something")
        world.expected.refuse()
        world.expected.possible = [model.after_wrong_pin(state) for state in world.expected.possible]
        return False
    world.expected.acknowledge()
    require(right, "Opens", "a wrong PIN opened the key")
    world.open = True
    return True


def _opens(world: World, client: KeyClient, pin: str) -> bool:
    """Enter a PIN over the port, or on the key."""
    if world.dice.random() < _BY_HAND:
        world.enter_pin(pin)
        return client.hello().state == OPEN
    code = refusal(lambda: client.unlock_pin(pin))
    require(code in ("", errors.WRONG_PIN), "Opens", f"a PIN gets {code}")
    return not code


def _opened_by_passphrase(state: model.State) -> model.State:
    return state if state.bound else model.opened(state)


def _unlock_by_passphrase(world: World, client: KeyClient) -> None:
    if world.dice.random() < _SLIPS:
        code = refusal(lambda: client.unlock_passphrase(world.dice.randbytes(32)))
        require(code == errors.WRONG_PASSPHRASE, "Opens", f"a wrong passphrase gets {code or 'in'}")
    for derived in dict.fromkeys(state.derived for state in reversed(world.expected.possible)):
        try:
            # It gives all tries of the PIN back; those that an element counts, once the key is in use.
            with world.expected.change(_opened_by_passphrase, model.opened):
                client.unlock_passphrase(derived or b"")
            world.expected.may_have(model.opened)
        except KeyRefused as refused:
            world.expected.refuse()
            require(refused.code == errors.WRONG_PASSPHRASE, "Opens", f"a passphrase gets {refused.code}")
            continue
        world.expected.possible = [state for state in world.expected.possible if state.derived == derived]
        world.open = True
        return
    raise Broken("Opens", "no passphrase opens the key")
