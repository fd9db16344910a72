"""The texts by which those of other systems build a package from the wheel."""

from __future__ import annotations

from packages.definition import Definition

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


def files(about: Definition) -> dict[str, str]:
    """Return the texts by path below the folder of all packages."""
    of_arch = " ".join(f"'python-{name}'" for name in about.needs)
    of_nix = "\n".join(f"    {name}" for name in about.needs)
    description = about.description.removeprefix("An ").capitalize()
    return {
        "arch/PKGBUILD": _ARCH.format(about=about, needs=of_arch),
        "homebrew/totpkey.rb": _HOMEBREW.format(about=about, description=description),
        "nix/totpkey.nix": _NIX.format(about=about, needs=of_nix),
    }
