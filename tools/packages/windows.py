"""Manifests for winget and scoop, which install totpkey.exe as it is."""

from __future__ import annotations

import json
from typing import Any

from packages.definition import Definition, File

#: Of winget's manifests; https://aka.ms/winget-manifest.schema has the schemas.
_SCHEMA = "1.12.0"
_IDENTIFIER = "totpkey.totpkey"
_TAGS = ("2fa", "authenticator", "hardware-key", "otp", "totp")
_CHINESE = "动态码钥匙的命令行工具：设置钥匙、添加账户、备份"


def files(about: Definition) -> dict[str, str]:
    """Return the texts by path below the folder of all packages; nothing where there is no totpkey.exe."""
    if not about.program:
        return {}
    folder = f"winget/manifests/t/totpkey/totpkey/{about.version}/{_IDENTIFIER}"
    return {
        f"{folder}.yaml": _yaml(about, "version", DefaultLocale="en-US"),
        f"{folder}.installer.yaml": _yaml(about, "installer", **_installer(about.program)),
        f"{folder}.locale.en-US.yaml": _yaml(
            about, "defaultLocale", **_words(about, "en-US", about.description)
        ),
        f"{folder}.locale.zh-CN.yaml": _yaml(about, "locale", **_words(about, "zh-CN", _CHINESE)),
        "scoop/totpkey.json": _scoop(about, about.program),
    }


def _yaml(about: Definition, kind: str, **content: Any) -> str:
    """A manifest of winget. JSON's values are YAML's, too."""
    head = {"PackageIdentifier": _IDENTIFIER, "PackageVersion": about.version}
    document = head | content | {"ManifestType": kind, "ManifestVersion": _SCHEMA}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in document.items()]
    server = f"https://aka.ms/winget-manifest.{kind}.{_SCHEMA}.schema.json"
    return f"# yaml-language-server: $schema={server}\n" + "".join(lines)


def _installer(program: File) -> dict[str, Any]:
    installer = {
        "Architecture": "x64",
        "InstallerType": "portable",
        "InstallerUrl": program.address,
        "InstallerSha256": program.sha256.upper(),
        "Commands": ["totpkey"],
    }
    return {"Installers": [installer]}


def _words(about: Definition, locale: str, description: str) -> dict[str, Any]:
    words = {
        "PackageLocale": locale,
        "Publisher": about.publisher,
        "PublisherSupportUrl": about.issues,
        "PackageName": "totpkey",
        "PackageUrl": about.home,
        "License": about.licence,
        "ShortDescription": description,
    }
    return words | ({"Moniker": "totpkey", "Tags": _TAGS} if locale == "en-US" else {})


def _scoop(about: Definition, program: File) -> str:
    document = {
        "version": about.version,
        "description": about.description,
        "homepage": about.home,
        "license": about.licence,
        "architecture": {
            "64bit": {"url": f"{program.address}#/totpkey.exe", "hash": program.sha256},
        },
        "bin": "totpkey.exe",
    }
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"
