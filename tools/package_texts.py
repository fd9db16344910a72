"""What all packages say, and the texts by which package managers install the command, all from one
definition.

The definition has version, addresses and checksums of a release, words about it, and what it needs. From it
other systems build a package from the wheel, and winget and scoop install totpkey.exe as it is.
deb_package.py makes Debian's.
"""

from __future__ import annotations

import base64
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from totpkey.install import release_files

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class File:
    """A file of the release: where it is published, and its SHA-256."""

    address: str
    sha256: str

    @property
    def name(self) -> str:
        return self.address.rpartition("/")[2]

    @property
    def sri(self) -> str:
        """The checksum as browsers and Nix spell it."""
        return "sha256-" + base64.b64encode(bytes.fromhex(self.sha256)).decode()


@dataclass(frozen=True)
class Definition:
    """`program`: totpkey.exe, where it was built."""

    version: str
    description: str
    licence: str
    home: str
    issues: str
    publisher: str
    maintainer: str
    needs: tuple[str, ...]
    wheel: File
    sources: File
    program: File | None


def of_release(folder: Path) -> Definition:
    """Read the checksums of a release, and the project's own words. Raise OSError without a release."""
    digests = release_files.parse((folder / release_files.NAME).read_bytes())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    home, (author,) = project["urls"]["Homepage"], project["authors"]

    def file(suffix: str) -> File | None:
        names = [name for name in digests if name.endswith(suffix)]
        return File(f"{home}download/{names[0]}", digests[names[0]]) if names else None

    wheel, sources = file(".whl"), file(".tar.gz")
    if not wheel or not sources:
        raise FileNotFoundError(f"{folder} has no wheel or no sources: `make release` builds them")
    return Definition(
        release_files.version_of(digests),
        project["description"],
        project["license"],
        home,
        project["urls"]["Issues"],
        author["name"],
        f"{author['name']} <{author['email']}>",
        tuple(Requirement(each).name for each in project["dependencies"]),
        wheel,
        sources,
        file(".exe"),
    )


#: A PKGBUILD for Arch Linux.
_ARCH = """\
# Maintainer: {about.maintainer}
pkgname=totpkey
pkgver={about.version}
pkgrel=1
pkgdesc='{about.description}'
arch=('any')
url='{about.home}'
license=('{about.licence}')
depends=('python>=3.11' {needs})
makedepends=('python-installer')
source=('{about.wheel.address}')
noextract=('{about.wheel.name}')
sha256sums=('{about.wheel.sha256}')

package() {{
  python -m installer --destdir="$pkgdir" '{about.wheel.name}'
  bsdtar -xf '{about.wheel.name}' totpkey/data/70-totpkey.rules '*.dist-info/licenses/LICENSE'
  install -Dm644 totpkey/data/70-totpkey.rules "$pkgdir/usr/lib/udev/rules.d/70-totpkey.rules"
  install -Dm644 totpkey-*.dist-info/licenses/LICENSE "$pkgdir/usr/share/licenses/totpkey/LICENSE"
}}
"""
#: A Homebrew formula, for a tap of one's own. pip installs the libraries from the lock file in the sources,
#: by hash. (Homebrew's own collection wants them listed as resources instead, which `brew
#: update-python-resources totpkey` writes.)
_HOMEBREW = """\
class Totpkey < Formula
  include Language::Python::Virtualenv

  desc "{description}"
  homepage "{about.home}"
  url "{about.sources.address}"
  sha256 "{about.sources.sha256}"
  license "{about.licence}"

  depends_on "python@3.13"

  resource "wheel" do
    url "{about.wheel.address}", using: :nounzip
    sha256 "{about.wheel.sha256}"
  end

  def install
    virtualenv_create(libexec, "python3.13")
    pip = ["python3.13", "-m", "pip", "--python=#{{libexec}}/bin/python", "install", "--no-deps"]
    system(*pip, "--require-hashes", "--only-binary=:all:", "--requirement=tools/locks/command.txt")
    resource("wheel").stage {{ system(*pip, Pathname.pwd/"{about.wheel.name}") }}
    bin.install_symlink libexec/"bin/totpkey"
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/totpkey --version")
  end
end
"""
#: A Nix expression, for `pkgs.callPackage ./totpkey.nix { }`.
_NIX = """\
{{ lib, fetchurl, python3Packages }}:

python3Packages.buildPythonApplication rec {{
  pname = "totpkey";
  version = "{about.version}";
  format = "wheel";

  src = fetchurl {{
    url = "{about.wheel.address}";
    hash = "{about.wheel.sri}";
  }};

  dependencies = with python3Packages; [
{needs}
  ];

  # The command starts processes of itself, which have to find it and its libraries, too.
  preFixup = ''
    makeWrapperArgs+=(
      --prefix PYTHONPATH : "${{python3Packages.makePythonPath dependencies}}"
      --prefix PYTHONPATH : "$out/${{python3Packages.python.sitePackages}}"
    )
  '';

  # For services.udev.packages: who sits at the computer may open a key.
  postInstall = ''
    install -Dm644 $out/${{python3Packages.python.sitePackages}}/totpkey/data/70-totpkey.rules \\
      $out/lib/udev/rules.d/70-totpkey.rules
  '';

  pythonImportsCheck = [ "totpkey" ];

  meta = {{
    description = "{about.description}";
    homepage = "{about.home}";
    license = lib.licenses.mit;
    mainProgram = "totpkey";
  }};
}}
"""


def texts_to_build(about: Definition) -> dict[str, str]:
    """Return the texts by path below the folder of all packages."""
    of_arch = " ".join(f"'python-{name}'" for name in about.needs)
    of_nix = "\n".join(f"    {name}" for name in about.needs)
    description = about.description.removeprefix("An ").capitalize()
    return {
        "arch/PKGBUILD": _ARCH.format(about=about, needs=of_arch),
        "homebrew/totpkey.rb": _HOMEBREW.format(about=about, description=description),
        "nix/totpkey.nix": _NIX.format(about=about, needs=of_nix),
    }


#: Of winget's manifests; https://aka.ms/winget-manifest.schema has the schemas.
_SCHEMA = "1.12.0"
_IDENTIFIER = "totpkey.totpkey"
_TAGS = ("2fa", "authenticator", "hardware-key", "otp", "totp")
_CHINESE = "动态码钥匙的命令行工具：设置钥匙、添加账户、备份"


def texts_for_windows(about: Definition) -> dict[str, str]:
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
