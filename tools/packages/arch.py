"""A PKGBUILD for Arch Linux."""

from __future__ import annotations

from packages.definition import Definition

_TEXT = """\
# Maintainer: {maintainer}
pkgname=totpkey
pkgver={version}
pkgrel=1
pkgdesc='{description}'
arch=('any')
url='{home}'
license=('{licence}')
depends=('python>=3.11' {needs})
makedepends=('python-installer')
source=('{address}')
noextract=('{wheel}')
sha256sums=('{sha256}')

package() {{
  python -m installer --destdir="$pkgdir" '{wheel}'
  bsdtar -xf '{wheel}' totpkey/data/70-totpkey.rules '*.dist-info/licenses/LICENSE'
  install -Dm644 totpkey/data/70-totpkey.rules "$pkgdir/usr/lib/udev/rules.d/70-totpkey.rules"
  install -Dm644 totpkey-*.dist-info/licenses/LICENSE "$pkgdir/usr/share/licenses/totpkey/LICENSE"
}}
"""


def files(about: Definition) -> dict[str, str]:
    """Return the texts by path below the folder of all packages."""
    needs = " ".join(f"'python-{name}'" for name in about.needs)
    text = _TEXT.format(
        maintainer=about.maintainer,
        version=about.version,
        description=about.description,
        home=about.home,
        licence=about.licence,
        needs=needs,
        address=about.wheel.address,
        wheel=about.wheel.name,
        sha256=about.wheel.sha256,
    )
    return {"arch/PKGBUILD": text}
