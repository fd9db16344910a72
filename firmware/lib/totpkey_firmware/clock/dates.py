"""Days and seconds of UTC without `time.localtime`, which fails from 2038 on CircuitPython."""

_DAY = 86400


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date of the Gregorian calendar.

    Counts years from March, so that the leap day is the last of a year.
    """
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


def civil_from_days(days: int) -> "tuple[int, int, int]":
    """Year, month and day of the date `days` after 1970-01-01. For dates from 1970 on."""
    days += 719468
    era, days = divmod(days, 146097)
    year = (days - days // 1460 + days // 36524 - days // 146096) // 365
    days -= 365 * year + year // 4 - year // 100
    month = (5 * days + 2) // 153
    day = days - (153 * month + 2) // 5 + 1
    if month < 10:
        return era * 400 + year, month + 3, day
    return era * 400 + year + 1, month - 9, day


def unix_time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Unix time of a moment of UTC."""
    return days_from_civil(year, month, day) * _DAY + hour * 3600 + minute * 60 + second


def utc(time: int) -> "tuple[int, int, int, int, int, int]":
    """Year, month, day, hour, minute and second of Unix time `time`."""
    days, seconds = divmod(time, _DAY)
    year, month, day = civil_from_days(days)
    return year, month, day, seconds // 3600, seconds // 60 % 60, seconds % 60


def to_bcd(number: int) -> int:
    """0 to 99 as two decimal digits in one byte, as clock chips count."""
    return (number // 10) << 4 | number % 10


def from_bcd(register: int) -> int:
    return (register >> 4) * 10 + (register & 15)


def from_registers(second: int, minute: int, hour: int, day: int, month: int, year: int) -> int:
    """Unix time of a clock chip's registers: BCD, 24-hour mode, flags taken out, year from 2000."""
    return unix_time(
        2000 + from_bcd(year),
        from_bcd(month),
        from_bcd(day),
        from_bcd(hour),
        from_bcd(minute),
        from_bcd(second),
    )
