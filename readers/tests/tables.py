"""CSV files of password managers, which contain codes among other things."""

from __future__ import annotations

from readers.tests.entries import ENTRIES, PLAIN, Read, Sample, to_csv


def proton_pass(entries: Read = ENTRIES[:4]) -> Sample:
    names = "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault"
    rows = [["note", "no code", "", "", "", "", "two\nlines", "", "1", "1", "Personal"]]
    for entry in entries:
        # An e-mail address has a column of its own; the column of other user names is then empty.
        who = (entry.label, "") if "@" in entry.label else ("", entry.label)
        rows.append(["login", entry.issuer, "", *who, "x", "", entry.uri, "1", "1", "Personal"])
    return Sample(to_csv(names.split(","), rows), entries)


def proton_pass_bare(entries: Read = PLAIN) -> Sample:
    """Return a table with bare secrets, so that the names come from the columns."""
    sample = proton_pass(entries).data.decode()
    for entry in entries:
        sample = sample.replace(entry.uri, entry.base32)
    return Sample(sample.encode(), entries)


def keepassxc(entries: Read = ENTRIES[:4]) -> Sample:
    names = [
        "Group",
        "Title",
        "Username",
        "Password",
        "URL",
        "Notes",
        "TOTP",
        "Icon",
        "Last Modified",
        "Created",
    ]
    rows = [["Root", "no code", "me", "x", "", 'a "quoted" note', "", "0", "", ""]]
    rows += [["Root", entry.issuer, entry.label, "x", "", "", entry.uri, "0", "", ""] for entry in entries]
    return Sample(to_csv(names, rows), entries)
