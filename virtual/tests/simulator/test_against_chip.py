"""The simulator's quirks against real CircuitPython on the emulated chip, with one set of probes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.simulator.conftest import SETUP

#: Expressions or statements (which set `result`), by name. `outcome` gives a result or an exception's type.
PROBES = {
    "held at construction": "result = held",
    "hexdigest": "hashlib.new('sha1', b'').hexdigest",
    "copy": "hashlib.new('sha256', b'').copy",
    "sha512": "hashlib.new('sha512', b'')",
    "digest twice": "result = digest_twice()",
    "digests": "[binascii.hexlify(hashlib.new(name, b'abc').digest()) for name in ('sha1', 'sha256')]",
    "modules": "outcomes('import ', 'hmac base64 typing dataclasses enum secrets datetime')",
    "more modules": "outcomes('import ', 'asyncio logging threading')",
    "attributes": "outcomes('', 'hashlib.sha1 time.strftime os.environ binascii.crc_hqx os.path')",
    "more attributes": "outcomes('', 'micropython.native time.perf_counter sys.print_exception')",
    "functions": "outcomes('', 'gc.get_objects math.comb json.JSONDecodeError random.Random')",
    "built-in names": "outcomes('', 'vars breakpoint format ascii FileNotFoundError UnicodeDecodeError')",
    "future": "from __future__ import annotations",
    "annotations": "def f(x: nowhere) -> nothing: pass",
    "variable annotation": "x: nowhere = 1",
    "localtime 2038": "time.localtime(2147483647)[:6]",
    "localtime after": "time.localtime(2147483648)",
    "a new chip's time": "time.time() // 600 == 946684800 // 600",
    "mktime": "time.mktime((2026, 1, 2, 3, 4, 5, 0, 0, 0))",
    "mktime before": "time.mktime((1999, 1, 1, 0, 0, 0, 0, 0, 0))",
    "negative sleep": "time.sleep(-1)",
    "watchdog 9 s": "microcontroller.watchdog.timeout = 9",
    "watchdog raise": "microcontroller.watchdog.mode = watchdog.WatchDogMode.RAISE",
    "reset reason": "repr(microcontroller.cpu.reset_reason)",
    "run reason": "repr(supervisor.runtime.run_reason)",
    "nvm length": "len(microcontroller.nvm)",
    "nvm type": "repr(microcontroller.nvm[0:2])",
    "nvm wrong length": "microcontroller.nvm[0:2] = b'abc'",
    "nvm step": "microcontroller.nvm[0:4:2] = b'ab'",
    "nvm beyond": "microcontroller.nvm[4096] = 1",
    "nvm negative": "microcontroller.nvm[-1]",
    "nvm written": "nvm_written()",
    "sleep memory": "len(alarm.sleep_memory)",
    "enable serial late": "usb_cdc.enable(data=True)",
    "disable drive late": "storage.disable_usb_drive()",
    "disable midi late": "usb_midi.disable()",
    "disable keyboard late": "usb_hid.disable()",
    "name late": "supervisor.set_usb_identification('x')",
    "short report": "usb_hid.devices[0].send_report(bytes(7))",
    "no leds yet": "usb_hid.devices[0].get_last_received_report()",
    "devices": "[(device.usage_page, device.usage) for device in usb_hid.devices]",
    "console": "repr(usb_cdc.console)",
    "timeouts": "(usb_cdc.data.timeout, usb_cdc.data.write_timeout)",
    "missing file": "open('/none')",
    "open directory": "open('/dir')",
    "overwrite directory": "open('/dir', 'w')",
    "read of a written file": "open('/dir/file', 'w').read()",
    "write to a read file": "open('/dir/file').write('x')",
    "text into a binary file": "open('/text', 'wb').write('text')",
    "bad mode": "open('/dir/file', 'q')",
    "exclusive": "open('/dir/file', 'x')",
    "rmdir none": "os.rmdir('/none')",
    "rename none": "os.rename('/none', '/any')",
    "chdir none": "os.chdir('/none')",
    "getmount other": "storage.getmount('/none')",
    "seek before start": "open('/dir/file', 'rb').seek(-5)",
    "keypad without keyword": "keypad.Keys((board.LED,), False)",
    "event": "repr(keypad.Event(1, False, 5))",
    "event fields": "[keypad.Event(1, False, 5).timestamp, keypad.Event(1, False).released]",
    "pin name": "repr(board.LED)",
    "value of an input": "pin_refuses('pin.value = True')",
    "pull of an output": "pin_refuses('pin.direction = digitalio.Direction.OUTPUT; pin.pull')",
    "pin that was given back": "pin_refuses('pin.deinit(); pin.value')",
    "used pin": "digitalio.DigitalInOut(board.GP14)",
    "interval below 0": "keypad.Keys((board.LED,), value_when_pressed=False, interval=-1)",
    "no events wanted": "keypad.Keys((board.LED,), value_when_pressed=False, max_events=0)",
    "threshold 0": "keypad.Keys((board.LED,), value_when_pressed=False, debounce_threshold=0)",
    "duty": "pwmio.PWMOut(board.LED, duty_cycle=65536).duty_cycle",
    "uid": "type(microcontroller.cpu.uid).__name__",
    "hash a str": "hashlib.new('sha1', 'text').digest()",
    "random range": "random.randrange(3, 3)",
    "bytes hex": "b'ab'.hex()",
    "fromhex": "bytes.fromhex('6162')",
    "unhexlify": "binascii.unhexlify('6162')",
    "bad hex": "binascii.unhexlify('6')",
    "hexlify sep": "binascii.hexlify(b'ab', ':')",
    "int from str": "int('1_0')",
    "namedtuple": "collections.namedtuple('P', ('x', 'y'))(1, 2).x",
    "deque": "len(collections.deque((1, 2, 3), 2))",
    "struct": "struct.unpack('>I', b'abcd')",
    "files": "files()",
    "directories": "directories()",
    "missing directory": "open('/none/x', 'w')",
    "rename onto": "result = rename_onto()",
    "stat": "os.stat('/dir')[0]",
    "rmdir full": "os.rmdir('/dir')",
    "mkdir again": "os.mkdir('/dir')",
    "remove none": "os.remove('/none')",
    "list none": "os.listdir('/none')",
    "getenv": "list(map(os.getenv, ('TEXT', 'NUMBER', 'HEX', 'NONE'))) + [os.getenv('NONE', 'none')]",
    "remount": "storage.remount('/', readonly=False)",
    "readonly": "storage.getmount('/').readonly",
    "json bytes": "json.loads(b'{\"a\": [1, null]}')",
    "json compact": "json.dumps({'a': [1, None]}, separators=(',', ':'))",
    "json open": "json.loads('{')",
    "json of nothing": "json.loads('')",
    "json nan": "json.loads('NaN')",
    "bad utf-8": "str(b'\\xff', 'utf-8')",
    "root before lib": "import a, b; result = a.NAME, b.NAME",
    "packages": "import pack.deep.leaf; result = pack.VALUE, pack.other.LEAF, pack.inner is pack.other.again",
    "failing import": "result = outcomes('import ', 'failing failing'), 'failing' in sys.modules",
    "annotations of a module": "import annotated; result = annotated.f(1), annotated.value",
    "clock on the bus": "on_bus()",
    "no lock": "busio.I2C(board.GP5, board.GP4).scan()",
    "platform": "(sys.implementation.name, sys.platform, os.uname().machine)",
    "ticks": "supervisor.ticks_ms() < 65536 or supervisor.ticks_ms() > (1 << 29) - 65536",
    "aes modes": "(aesio.MODE_ECB, aesio.MODE_CBC, aesio.MODE_CTR, aesio.block_size, aesio.key_size)",
    "aes ecb": "aes(aesio.MODE_ECB, 16)",
    "aes 192": "aes(aesio.MODE_ECB, 16, key=bytes(24))",
    "aes 256": "aes(aesio.MODE_ECB, 16, key=bytes(32))",
    "aes cbc": "aes(aesio.MODE_CBC, 48, 16, IV=bytes(range(16)))",
    "aes cbc without iv": "aes(aesio.MODE_CBC, 32, 16)",
    "aes ctr goes on": "aes(aesio.MODE_CTR, 32, 5, 16, 17, 1, IV=b'\\xff' * 16)",
    "aes ctr without iv": "aes(aesio.MODE_CTR, 20)",
    "aes decrypts": "unsealed(aesio.MODE_CBC, 48, 32)",
    "aes decrypts ctr": "unsealed(aesio.MODE_CTR, 5, 40)",
    "aes in place": "in_place()",
    "aes rekeyed": "rekeyed()",
    "aes mode changed": "mode_changed()",
    "aes short key": "aesio.AES(bytes(15))",
    "aes no mode": "aesio.AES(bytes(16), 3)",
    "aes short iv": "aesio.AES(bytes(16), aesio.MODE_CBC, bytes(15))",
    "aes iv is None": "aes(aesio.MODE_CBC, 16, IV=None)",
    "aes ecb of two blocks": "aes(aesio.MODE_ECB, 32)",
    "aes cbc of a part": "aes(aesio.MODE_CBC, 17)",
    "aes nothing": "aes(aesio.MODE_CBC, 0, 16)",
    "aes other length": "aesio.AES(bytes(16)).encrypt_into(bytes(16), bytearray(17))",
    "aes segment size": "aesio.AES(bytes(16), aesio.MODE_CTR, segment_size=128).mode",
    "events are equal": "keypad.Event(0, True, 1) == keypad.Event(0, True, 2)",
}

#: What the simulator answers, and the chip.
KNOWN_DIFFERENCES = {"json open": ("ValueError", "{}")}

CODE = """
import aesio, alarm, binascii, board, busio, collections, digitalio, gc, hashlib, json, keypad, math
import microcontroller, micropython, os, pwmio, random, storage, struct, supervisor, sys, time
import usb_cdc, usb_hid, usb_midi, watchdog

keys = keypad.Keys((board.GP14,), value_when_pressed=False)
event = keys.events.get()
held = repr(event and event.pressed)

def digest_twice():
    h = hashlib.new('sha256', b'a')
    first = h.digest()
    h.update(b'b')
    return [first == h.digest(), h.digest() == hashlib.new('sha256', b'ab').digest(), h.digest_size]

def nvm_written():
    nvm = microcontroller.nvm
    nvm[-2], nvm[10:14] = 7, b'abcd'
    return nvm[4094], nvm[10:15]

def pin_refuses(what):
    with digitalio.DigitalInOut(board.LED) as pin:
        exec(what, {'pin': pin, 'digitalio': digitalio})

def on_bus():
    with busio.I2C(board.GP5, board.GP4) as bus:
        seen = [bus.try_lock(), bus.try_lock(), bus.scan(), outcome_of(lambda: bus.writeto(0x50, b'x'))]
        room = bytearray(9)
        bus.writeto(0x68, bytes((9, 0, 0x30, 0x59, 0x23, 4, 0x31, 0x12, 0x26)), start=1)
        bus.writeto_then_readfrom(0x68, b'\\x00', room, in_start=1, in_end=8)
        seen += binascii.hexlify(room),
        time.sleep(2)
        bus.writeto(0x68, b'\\x00')
        bus.readfrom_into(0x68, room, end=2)
        bus.unlock()
        return seen, room[:2], bus.try_lock()

def files():
    seen = []
    with open('/t', 'w') as file: file.write('\u00e9n\\ntwo\\n')
    with open('/t') as file: seen += file.read(2), file.readlines()
    with open('/t', 'rb') as file: seen += len(file.read()), file.seek(2), file.tell(), file.read(1)
    with open('/t', 'ab') as file: file.write(b'end')
    with open('/t', 'r+b') as file:
        file.seek(1, 2); file.write(b'!'); file.seek(-5, 2); seen += file.read()[:3],
    room = bytearray(2)
    with open('/t', 'rb') as file: seen += file.readinto(room), len(list(file)), room
    return seen

def directories():
    os.mkdir('/d'); os.chdir('/d')
    open('f', 'w').close()
    seen = os.getcwd(), os.listdir(), 'd' in os.listdir('/'), os.stat('f')[6], outcome("os.rmdir('/d')")
    os.rename('f', '/g')
    seen += outcome("os.rmdir('/d')"),
    os.chdir('/'); os.rmdir('/d')
    return seen, 'g' in os.listdir('/'), 'd' in os.listdir('/')

def rename_onto():
    for name in ('/one', '/two'):
        with open(name, 'w') as file: file.write(name)
    os.rename('/one', '/two')
    with open('/two') as file: return file.read(), '/one'[1:] in os.listdir('/')

def aes(mode, *lengths, key=b'0123456789abcdef', **options):
    cipher = aesio.AES(key, mode, **options)
    sealed = [bytearray(length) for length in lengths]
    for room in sealed: cipher.encrypt_into(bytes(range(len(room))), room)
    return sealed

def unsealed(mode, *lengths):
    cipher = aesio.AES(bytes(32), mode, IV=bytes(range(16)))
    plain = [bytearray(length) for length in lengths]
    for room in plain: cipher.decrypt_into(bytes(range(len(room))), room)
    return plain

def in_place():
    cipher, room = aesio.AES(bytes(16), aesio.MODE_CBC), bytearray(range(32))
    cipher.encrypt_into(room, room)
    once = bytes(room)
    cipher.rekey(bytes(16))
    cipher.decrypt_into(room, room)
    return once, room

def rekeyed():
    cipher, room = aesio.AES(bytes(16), aesio.MODE_CTR, bytes(range(16))), bytearray(16)
    cipher.encrypt_into(room, room)
    cipher.rekey(bytes(32), b'i' * 16)
    cipher.encrypt_into(bytes(16), room)
    return room

def mode_changed():
    cipher, room = aesio.AES(bytes(16), aesio.MODE_CTR, bytes(range(16))), bytearray(16)
    cipher.encrypt_into(room, room)
    cipher.mode = aesio.MODE_CBC
    cipher.encrypt_into(bytes(16), room)
    return cipher.mode, room

def evaluated(probe):
    names = globals()
    names['result'] = 'done'
    try:
        return eval(probe, names)
    except SyntaxError:
        exec(probe, names)
        return names['result']

def outcome(probe):
    return outcome_of(lambda: evaluated(probe))

def outcome_of(act):
    try:
        return repr(act())
    except Exception as error:
        if isinstance(error, OSError): return 'OSError ' + str(error.errno)
        # CPython's own kinds of these have other names.
        for kind in (UnicodeError, ValueError):
            if isinstance(error, kind): return kind.__name__
        return type(error).__name__

def outcomes(begin, names):
    return [outcome(begin + name) for name in names.split()]

port = usb_cdc.data
while not port.connected: time.sleep(0.01)
with open('/probes.json') as file: probes = json.load(file)
for name in probes:
    line = json.dumps([name, outcome(probes[name])]) + '\\n'
    while line: line = line[port.write(line.encode()):]
    time.sleep(0.005)
port.write(b'END\\n')
while True: time.sleep(1)
"""
FILES: dict[str, str | bytes] = {
    "probes.json": json.dumps(PROBES),
    "settings.toml": 'TEXT = "text"\nNUMBER = 42\nHEX = 0x10\n',
    "dir/file": "x",
    "a.py": "NAME = 'root'",
    "lib/a.py": "NAME = 'lib'",
    "lib/b.py": "NAME = 'lib'",
    "lib/failing.py": "raise ValueError",
    "lib/pack/__init__.py": "from .inner import VALUE\nfrom . import other",
    "lib/pack/inner.py": "VALUE = 1",
    "lib/pack/other.py": "from .deep.leaf import LEAF\nfrom . import inner as again",
    "lib/pack/deep/__init__.py": "",
    "lib/pack/deep/leaf.py": "from .. import inner\nfrom ..inner import VALUE\nLEAF = VALUE * 2",
    "lib/annotated.py": "def f(x: unknown.Type) -> also.unknown: return x\nvalue: missing = 5",
}


def answers(key: VirtualKey) -> dict[str, str]:
    """What each probe gives on this key, whose button is held while it starts."""
    key.set_button(True)
    key.plug()
    try:
        assert key.run_until(lambda: key.usb.enumeration is not None)
        key.open_serial()
        heard = bytearray()

        def finished() -> bool:
            heard.extend(key.read_serial())
            return heard.endswith(b"END\n")

        assert key.run_until(finished, limit=30), heard.decode()
        return dict(json.loads(line) for line in heard.decode().splitlines()[:-1])
    finally:
        key.unplug()


@pytest.mark.chip
@pytest.mark.quick
def test_simulator_and_chip_answer_alike(drive: Callable[..., Path], image: Path) -> None:
    from totpkey_virtual.chip.key import ChipKey

    folder = drive(CODE, SETUP, FILES)
    on_chip = answers(ChipKey(image, folder))
    on_simulator = answers(SimulatedKey(folder, "raspberry_pi_pico"))
    pairs = {name: (on_simulator[name], on_chip[name]) for name in PROBES}
    assert {name: pair for name, pair in pairs.items() if pair[0] != pair[1]} == KNOWN_DIFFERENCES


#: Statements of code.py, one after the other on one key; what each does to flash is compared.
STATEMENTS = (
    "with open('/new', 'wb') as file: file.write(bytes(4096))",
    "with open('/old', 'r+b') as file: file.write(b'x' * 64)",
    "with open('/old', 'r+b') as file: file.seek(4090); file.write(b'x' * 64)",
    "with open('/old', 'r+b') as file: file.write(b'x' * 64)",
    "with open('/old', 'rb') as file: file.read()",
    "with open('/old', 'ab') as file: file.write(b'more')",
    "with open('/lib/text with long name', 'w') as file: file.write('text' * 300)",
    "with open('/new', 'wb') as file: file.write(bytes(700))",
    "kept = open('/old', 'r+b'); kept.write(b'new'); time.sleep(1.5)",
    "os.sync()",
    "kept.seek(512); kept.write(b'n' * 512)",
    "time.sleep(1.5)",
    "kept.seek(1024); kept.write(b'n' * 1024); os.sync()",
    "kept.flush()",
    "alone = open('/alone/pages', 'r+b')",
    "alone.seek(4096); alone.write(b'p' * 4096)",
    "os.sync()",
    "alone.seek(0); alone.write(b'q' * 4096); os.sync()",
    "alone.seek(4096); alone.read(4096)",
    "os.mkdir('/d')",
    "with open('/d/a', 'wb') as file: file.write(b'a')",
    "os.rename('/d/a', '/d/b')",
    "os.rename('/d/b', '/old')",
    "os.remove('/new')",
    "os.rmdir('/d')",
    "microcontroller.nvm[0] = 1",
    "microcontroller.nvm[1:600] = bytes(599)",
    "microcontroller.nvm[0:2] = b'ab'",
)
FLASH_CODE = """
import microcontroller, os, time, usb_cdc
port = usb_cdc.data
names = {'microcontroller': microcontroller, 'os': os, 'time': time}
line = b''
while True:
    if port.in_waiting:
        line += port.read(port.in_waiting)
        if line[-1:] == b'\\n':
            exec(str(line, 'utf-8'), names)
            line = b''
            port.write(b'+')
    time.sleep(0.001)
"""
FLASH_FILES: dict[str, str | bytes] = {"old": bytes(8192), "lib/some": "x", "alone/pages": bytes(16384)}


def traces(key: VirtualKey) -> list[list[tuple[str, int]]]:
    """What each statement does to flash: kinds of operation and their addresses."""
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.open_serial()
    key.run(1)
    found = []
    for statement in STATEMENTS:
        before = len(key.flash_operations)
        key.write_serial(statement.encode() + b"\n")
        assert key.run_until(lambda: key.read_serial() == b"+", limit=20), statement
        found.append([(done.kind, done.address) for done in key.flash_operations[before:]])
    return found


@pytest.mark.chip
@pytest.mark.quick
def test_simulator_and_chip_write_alike(drive: Callable[..., Path], image: Path) -> None:
    from totpkey_virtual.chip.key import ChipKey

    folder = drive(FLASH_CODE, SETUP, FLASH_FILES)
    keys = (
        SimulatedKey(folder, "raspberry_pi_pico", alone=["alone/pages"]),
        ChipKey(image, folder, alone=["alone/pages"]),
    )
    simulated, real = (dict(zip(STATEMENTS, traces(key), strict=True)) for key in keys)
    assert simulated == real
    files = [{name: key.drive[name] for name in key.drive if name != "boot_out.txt"} for key in keys]
    assert files[0] == files[1]
    assert keys[0].nvm == keys[1].nvm
