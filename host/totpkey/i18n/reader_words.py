"""What the readers say, in words: their codes, each with a sentence, or with a cause and a remedy.

Readers know no language (`totpkey_readers.records.problem`).
"""

from __future__ import annotations

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import limits
from totpkey_readers.records.problem import WRONG_PASSWORD, Note

_COPY_AGAIN = _("Copy it again, or have the site show its setup key as text.")
_HOSTILE = _("The file may be hostile: get it from the app again.")
_EXPORT_AGAIN = _("Export it again from the app.")
_UNPACK = _("Unpack it, and import what is in it.")
_PATIENT = _("If the file is your own, and so large on purpose, run the command again with --patient.")

#: Codes of what is missing here, and of passwords that do not open a file.
LACKS = ("no_library", "no_runtime", "cryptography_old", "no_argon2id", "no_memory")
PASSWORDS = (WRONG_PASSWORD, "andotp_password", "keepass_password", "totp_authenticator_password")
#: Words that stand in a code's fields.
_WORDS = (
    *(_("issuer"), _("label"), _("type"), _("algorithm"), _("number of digits"), _("period"), _("counter")),
    _("I or L"),
)

#: What each code says, of a file, an entry of it, a picture or a text.
_CAUSES = {
    "strays": _(
        "Beside these, the file holds links ({links}) and texts that look like setup keys ({keys}) which"
        " are in no account of it (line {lines}). Look at them before you delete the file."
    ),
    "not_understood": _("Not understood: {names}. Compare its first code."),
    "fields_unread": _("Not understood, and left out of these accounts: {names}. Compare the codes."),
    "coding": _("Its secret was read as {name}: compare its first code."),
    "field_twice": _("Its field {field} stands there twice, with different values."),
    "shifted": _("Its field {field} shifts its codes, as a key cannot."),
    "in_bin": _("It is in the app's recycle bin."),
    "short": _("The secret is short ({count} bytes): check that it is complete."),
    "name_cut": _("The name is cut to {name} characters."),
    "name_printable": _("Invisible characters are taken out of the name."),
    "no_argon2id": _("The OpenSSL that Python's cryptography package uses has no Argon2id."),
    "no_memory": _("This computer has no {value} MiB of memory to spare."),
    "not_a_backup": _("It is not a backup of a key."),
    "field_texts": _("Its field accounts is not a list of texts."),
    "odd": _("The setup key has an odd length: check its first code."),
    "no_counter": _("The link has no counter: it starts at 0."),
    "two_issuers": _("The link names two sites, “{first}” and “{second}”: the first is used."),
    "asked_password": _("{app} asked for a password."),
    "no_password": _("It is locked, but not with a password: export it again with a password."),
    "proton_sealed_zip": _("It is encrypted for Proton Pass alone: export it again, as CSV or unencrypted."),
    "office": _("It is a document of an office program: save the table as CSV, and import that."),
    "an_app": _("It is an app, not an export."),
    "zip_other_damaged": _("Another file in the ZIP cannot be read. {reason}"),
    "zip_nothing": _("There is no known export in this ZIP file."),
    "authme_sealed": _("It is encrypted, and only Authme can open it: choose Export there, and import that."),
    "bitwarden_kdf": _("Its field kdfType is neither PBKDF2 nor Argon2id."),
    "bitwarden_restricted": _(
        "It is an account-restricted export, which only the Bitwarden account that made it can open:"
        " export it again with the file type “password protected”, or unencrypted."
    ),
    "bitwarden_text": _("Its field {field} is not encrypted as Bitwarden does it."),
    "guessed": _(
        "No app is known that writes such a file. These fields were taken for secrets: {names}. Check the"
        " names, and compare each code with your app's before you delete anything."
    ),
    "too_deep": _("It is nested more deeply than any export."),
    "other_kind": _("It is a kind of code that neither a key nor most sites support."),
    "too_many": _("It holds more than {most} entries."),
    "cut_off": _("It ends in the middle: the file is cut off."),
    "phone_sealed": _("The app has encrypted it for the phone it was on."),
    "out_of_range": _("Its field {field} is out of range."),
    "company": _("It is a company's account, which only Microsoft's app can answer for."),
    "sqlite_damaged": _("It is a damaged SQLite database, or it is cut off."),
    "json": _("It is not valid JSON at line {lineno}, column {colno}."),
    "not_utf8_at": _("It is not UTF-8 at byte {start}."),
    "json_other": _("It is not JSON as an authenticator writes it."),
    "sealed_length": _("Its encrypted part does not have the length that it should have."),
    "sealed_no_text": _("What it has encrypted is not text."),
    "sealed_unknown": _("It is encrypted in an unknown way."),
    "field_text": _("Its field {field} is not a text."),
    "field_number": _("Its field {field} is not a whole number."),
    "field_list": _("Its field {field} is not a list."),
    "field_missing": _("Its field {field} is missing."),
    "field_object": _("Its field {field} is not an object."),
    "not_an_object": _("It is not an object."),
    "field_bytes": _("Its field {field} is not a list of bytes."),
    "no_master_key": _("It has no master key."),
    "kdf_unknown": _("It derives its key in an unknown way."),
    "iv_form": _("Its initial value is not written as it should be."),
    "text_damaged": _("A text in it is damaged."),
    "keepass_version": _("It is of a version of KeePass' format that is not known here (3.1 and 4 are)."),
    "twofish": _(
        "It is encrypted with Twofish, which is not known here: choose AES in its settings, or export it"
        " as CSV."
    ),
    "aes_rounds": _("It asks for rounds of AES that are out of bounds."),
    "content_damaged": _("Its content is damaged."),
    "stream_unknown": _("Its texts are protected in an unknown way."),
    "header_damaged": _("Its header is damaged."),
    "far_too_large": _("It is far too large."),
    "block_damaged": _("A block of it is damaged."),
    "pbkdf2_rounds": _("It asks for {iterations} rounds of PBKDF2; at most {most} are done."),
    "argon2_bounds": _("It asks for Argon2 with parameters that are out of bounds."),
    "salt_length": _("Its salt has {count} bytes."),
    "scrypt_bounds": _("It asks for scrypt with parameters that are out of bounds."),
    "iv_length": _("Its initial value has {count} bytes."),
    "key_length": _("Its key has {count} bytes."),
    "scrypt_memory": _("Its scrypt parameters are more than this computer can do."),
    "field_base64": _("Its field {field} is not base64."),
    "field_hex": _("Its field {field} is not hexadecimal."),
    "proton_sealed": _("It is encrypted for Proton Pass alone: export it again, unencrypted."),
    "doctype": _("It declares a document type or entities, as no authenticator does."),
    "xml": _("It is not valid XML, or it is cut off."),
    "google_damaged": _("The Google Authenticator code is damaged."),
    "google_missing": _("The export has {size} QR codes. Missing here: number {missing}. Import those too."),
    "google_mixed": _(
        "Codes of several exports of {size} QR codes each are mixed, and nothing in them says which"
        " belong together: whether some are missing cannot be told. Import each export by itself."
    ),
    "google_batches": _("The Google Authenticator code counts its batches in a way that makes no sense."),
    "google_long": _("The Google Authenticator code is far too long."),
    "google_no_data": _("The Google Authenticator code has no data."),
    "unknown": _("Its {what} is unknown."),
    "google_base64": _("The Google Authenticator code is not whole: its data is not base64."),
    "field_utf8": _("Its field {field} is not UTF-8."),
    "google_cut": _("The Google Authenticator code ends in the middle: it is cut off."),
    "no_list": _("It holds no list of accounts."),
    "version": _("Its version is {version}, which is unknown."),
    "duo_own": _("It is one of Duo's own, which only the Duo app can answer for."),
    "no_accounts": _("It holds no accounts."),
    "entry_password": _("It does not open with this password."),
    "steam_list": _(
        "It is the list of the .maFile files of Steam Desktop Authenticator or steamguard-cli: pack the"
        " whole folder with those files into a ZIP file, and import that."
    ),
    "steam_sealed": _("A .maFile in it is encrypted in an unknown way."),
    "other_code": _("It is {other}, whose codes a key cannot compute."),
    "csv": _("It is not valid CSV at line {number}."),
    "secret_form": _("Its secret is written in an unknown way."),
    "newer": _("It is of a version that this command does not know: update it."),
    "two_fas_parts": _("Its field servicesEncrypted does not have three parts: the file is cut off."),
    "motp": _("It is Mobile-OTP, whose codes a key cannot compute."),
    "not_a_link": _("It is not an otpauth:// link."),
    "winauth_sealed": _(
        "It is encrypted, and only WinAuth can open it: choose Export from its menu, and import that file."
    ),
    "zip_damaged": _("It is a damaged ZIP file."),
    "zip_packing": _("It is compressed in an unknown way."),
    "zip_large_file": _("A file in it is far too large."),
    "zip_many": _("It is a ZIP file of far too many files."),
    "zip_names": _("It is a ZIP file in which two files have the same name, or a file has none."),
    "zip_cut": _("It is a damaged ZIP file, or it is cut off."),
    "limit_standstill": _("Reading {file} came to a standstill, and was stopped after {seconds} s."),
    "no_name": _("The account has no name."),
    "name_length": _("The {part} has {count} characters; a key takes {most}."),
    "name_invisible": _("The {part} has invisible or control characters."),
    "range": _("Its {what} is {value}; a key takes {least} to {most}."),
    "algorithm": _("The account uses an algorithm that a key cannot compute."),
    "secret_length": _("The setup key has {count} bytes; a key takes 1 to {most}."),
    "secret_cut": _(
        "The setup key has {count} characters, which cannot be right: some are missing, or one is too many."
    ),
    "secret_group": _(
        "Group {group} of the setup key has {count} characters; the other groups have {usual}."
    ),
    "secret_lookalike": _(
        "Character {place} of the setup key is the digit {digit}, which setup keys never contain."
    ),
    "secret_character": _("Character {place} of the setup key is not one of A to Z and 2 to 7."),
    "secret_empty": _("There is no setup key."),
    "secret_is_code": _("This is a code, not a setup key."),
    "secret_several": _("These are two setup keys."),
    "secret_words": _("There are words beside the setup key."),
    "links_encoding": _("It is a list of otpauth:// links, but not in UTF-8."),
    "unbalanced": _("The accounts that were read do not add up to what is in the file. Nothing is saved."),
    "uri_shifted": _("The link shifts its codes, as a key cannot."),
    "uri_no_secret": _("The link has no setup key."),
    "uri_long": _("The link is far too long."),
    "uri_several": _("This is an export of several accounts, not one account."),
    "uri_unknown": _("This is neither a setup key nor an otpauth:// link."),
    "uri_kind": _(
        "The link is for a kind of code that a key cannot compute; it computes TOTP, HOTP and Steam Guard"
        " codes."
    ),
    "uri_number": _("The link's {parameter} is not a sensible number."),
    "uri_invalid": _("This is not a valid otpauth:// link."),
    "uri_utf8": _("The link is not valid UTF-8."),
    "uri_twice": _("The link gives one setting twice, with different values."),
    "limit_memory": _("Reading {file} needed more than {memory} MiB of memory, and was stopped."),
    "crashed": _("{file} cannot be read: it is damaged in a way that nobody foresaw ({where})."),
    "answer_long": _("{file} holds more than {most} MiB of accounts."),
    "limit_time": _("Reading {file} took more than {seconds} s of work, and was stopped."),
    "not_accounts": _("What came out of the file is not a list of accounts."),
    "andotp_password": _(
        "The file does not open as andOTP's: the password is wrong, or it is another app's encrypted"
        " file, or damaged."
    ),
    "costly": _(
        "Opening this file takes about {time} of work and {memory} MiB of memory. At most {most} and"
        " {room} MiB are spent on a file."
    ),
    "too_large": _("The file has more than {most} MiB."),
    "empty": _("There are no accounts in this export ({format})."),
    "keepass_password": _("Wrong password, or the database needs a key file as well."),
    "wrong_password": _("Wrong password, or the file is damaged."),
    "cryptography_old": _("The file cannot be opened here: the Python package cryptography is too old."),
    "totp_authenticator_password": _(
        "The file does not open as TOTP Authenticator's: the password is wrong, or it is another app's,"
        " such as a .maFile that Steam Desktop Authenticator has encrypted."
    ),
    "pgp": _("This is encrypted by PGP."),
    "database": _("This is an app's own database, of an unknown kind."),
    "gzip": _("This is a file packed by gzip."),
    "seven_zip": _("This is a 7-Zip archive."),
    "rar": _("This is a RAR archive."),
    "empty_zip": _("This is an empty ZIP file."),
    "bplist": _("This is a settings file of an Apple system."),
    "age": _("This is encrypted by age."),
    "keepass_1": _("This is a database of KeePass 1."),
    "battle_net": _("This is the Battle.net app's own file, in which the secret is masked."),
    "microsoft_settings": _(
        "This is a settings file of Microsoft Authenticator; its accounts are in another one."
    ),
    "raivo_page": _("This is Raivo's page to look at."),
    "page_of_codes": _("This is a page with pictures of QR codes."),
    "page": _("This is a web page or an XML file, not a known export."),
    "one_pif": _("This is 1Password's older kind of export (1PIF)."),
    "authy_servers": _("This is what Authy keeps on its servers."),
    "blur": _("This is Blur's export, which holds no codes."),
    "backup": _("This is a backup of a totpkey."),
    "unknown_file": _("The file is not a known export."),
    "passwords_alone": _("This is a password manager's table without a column of one-time codes."),
    "no_library": _("QR codes cannot be read here: the Python package {package} is missing."),
    "picture_large": _(
        "The picture is too large: {count} million pixels. At most {most} million are read, and {side} in"
        " a row."
    ),
    "pages_many": _("The document has {count} pages; at most {most} are read."),
    "picture_damaged": _("The picture is damaged, or of an unknown kind."),
    "pdf_damaged": _("The PDF is damaged or locked."),
    "no_runtime": _("QR codes cannot be read here: Microsoft's Visual C++ runtime is missing."),
}
#: What to do about it. A code without this is told as what a file cannot be read for.
_REMEDIES = {
    **dict.fromkeys(("limit_standstill", "answer_long", "not_accounts"), _HOSTILE),
    "no_name": _("Name it, for example: `totpkey add Amazon:shop`."),
    "name_length": _("Give a shorter name."),
    "name_invisible": _("Give a name without them."),
    "range": _("Check it against what the site shows."),
    "algorithm": _("A key computes {known}."),
    "secret_length": _("Copy it again."),
    "secret_cut": _("Copy all of it again; if the site really shows it like this, use --lenient."),
    "secret_group": _(
        "Compare it with what the site shows: a character is missing there, or one is too many. Leave it out"
        " if it is a word beside the setup key."
    ),
    "secret_lookalike": _("It is probably the letter {letter}: check it against what the site shows."),
    "secret_character": _("Copy the setup key again, without the text around it."),
    "secret_empty": _("The site shows it beside its QR code."),
    "secret_is_code": _("Copy the long text of letters and digits that the site shows beside its QR code."),
    "secret_several": _("Paste the setup key of this account alone."),
    "secret_words": _("Paste the setup key alone, without the words around it."),
    "links_encoding": _("Save it as UTF-8 in a text editor, or export it again from the app."),
    "unbalanced": _(
        "Report it, without the file. Until then, add the accounts one by one with `totpkey add`."
    ),
    **dict.fromkeys(
        (
            "uri_shifted",
            "uri_no_secret",
            "uri_long",
            "uri_unknown",
            "uri_kind",
            "uri_number",
            "uri_invalid",
            "uri_utf8",
            "uri_twice",
        ),
        _COPY_AGAIN,
    ),
    "uri_several": _("`totpkey import` takes it."),
    **dict.fromkeys(("limit_memory", "limit_time"), _PATIENT),
    "crashed": _("Export it again from the app. If that does not help, report it, without the file."),
    "andotp_password": _(
        "Try the password again. If it is another app's, export the accounts there unencrypted."
    ),
    "costly": _("If the file is your own, and made so on purpose, run the command again with --patient."),
    "too_large": _("Pick the export itself."),
    **dict.fromkeys(("empty", "blur"), ""),
    "keepass_password": _(
        "Try the password again. Where it needs more than that, export it as CSV and import that."
    ),
    "wrong_password": _("Check Caps Lock and the keyboard's layout, then try again; or export it again."),
    "cryptography_old": _("Run `pip install --upgrade cryptography`, or export the database as CSV."),
    "totp_authenticator_password": _(
        "Try the password again. If it is a .maFile, pack its whole folder, with manifest.json, into a"
        " ZIP file, and import that."
    ),
    "pgp": _("Decrypt it (`gpg --decrypt FILE > EXPORT`), import that, and delete it."),
    "database": _("Export the accounts in the app, and import that."),
    "gzip": _("Unpack it (`gunzip`), and import what is in it."),
    **dict.fromkeys(("seven_zip", "rar"), _UNPACK),
    **dict.fromkeys(("empty_zip", "page"), _EXPORT_AGAIN),
    "bplist": _("In Apple's Passwords app, choose File, Export All Passwords, and import that CSV file."),
    "age": _("Decrypt it (`age --decrypt FILE > EXPORT`), import that, and delete it."),
    "keepass_1": _("Open it in KeePassXC, which makes a new one of it, and import that."),
    "battle_net": _(
        "Detach the authenticator at Battle.net, attach it again, and give `totpkey add` the secret it shows."
    ),
    "microsoft_settings": _(
        "Microsoft's app exports nothing: have each site show a new QR code, and use `totpkey add`."
    ),
    "raivo_page": _("Import the file raivo-otp-export.json that lies beside it, or the ZIP file with both."),
    "page_of_codes": _("Open it in a browser, print it into a PDF file, and import that."),
    "one_pif": _("Export it again as 1PUX or CSV."),
    "authy_servers": _("Authy exports nothing: have each site show a new QR code, and use `totpkey add`."),
    "backup": _("`totpkey restore` puts it onto a key."),
    "unknown_file": _(
        "Known are the exports of Google Authenticator, Aegis, 2FAS, andOTP, Bitwarden, FreeOTP, Proton,"
        " Ente Auth, Stratum, LastPass, Raivo, 1Password, Apple Passwords, KeePass and others, and lists"
        " of otpauth:// URIs: docs/reference/imports.md names them all."
    ),
    "passwords_alone": _("Export it again with the codes, or copy each secret to `totpkey add`."),
    "no_library": _(
        "Install it with `pip install {package}`. Where there is none for this system, have the site show"
        " the secret as text and paste that."
    ),
    "picture_large": _("Cut the QR code out of it."),
    "pages_many": _("Print it in parts."),
    "picture_damaged": _("PNG, JPEG and WebP are known; an iPhone's HEIC photo can be shared as JPEG."),
    "pdf_damaged": _("Print the page again, or take a screenshot of it."),
    "no_runtime": _("Install it: `winget install Microsoft.VCRedist.2015+.x64`. Then run the command again."),
}


def told(note: Note) -> str:
    """The sentence of a code, without its remedy."""
    return explain(note)[0]


def explain(note: Note) -> tuple[str, str]:
    """Cause and remedy of a code. The remedy may be empty."""
    # What no reader says comes from one that a file has taken over.
    known = note if note.code in _CAUSES else Note("not_accounts")
    cause, remedy = _CAUSES[known.code], _REMEDIES.get(known.code, "")
    if note.fields.get("patient"):
        remedy = _ANEW if note.code == "costly" else _HOSTILE
    try:
        values = _LIMITS | {name: _value(note, name) for name in note.fields}
        return tr(cause, **values), tr(remedy, **values) if remedy else ""
    except (KeyError, TypeError, ValueError):
        return tr(_CAUSES["not_accounts"]), tr(_HOSTILE)


def explain_file(note: Note) -> tuple[str, str]:
    """The same, where a whole file is meant."""
    cause, remedy = explain(note)
    if note.code in _REMEDIES or note.code not in _CAUSES:
        return cause, remedy
    return tr("The file cannot be read. {reason}", reason=cause), tr(_EXPORT_AGAIN)


#: What only this side knows of the values in braces.
_LIMITS = {"most": limits.SECRET, "name": limits.NAME}
_ANEW = _("Export it again, with settings that cost less.")


def _value(note: Note, name: str) -> object:
    value = note.fields[name]
    if isinstance(value, Note):
        return told(value)
    if note.code == "costly" and name in ("time", "most"):
        return _duration(value)
    return tr(value) if value in _WORDS else value


def _duration(seconds: int) -> str:
    if seconds < 100:
        return tr("{count} s", count=seconds)
    return tr("{count} minutes", count=round(seconds / 60)) if seconds < 100 * 3600 else tr("days")
