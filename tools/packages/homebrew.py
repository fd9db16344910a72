"""A Homebrew formula, for a tap of one's own.

pip installs the libraries from the lock file in the sources, by hash. (Homebrew's own collection wants them
listed as resources instead, which `brew update-python-resources totpkey` writes.)
"""

from __future__ import annotations

from packages.definition import Definition

_TEXT = """\
class Totpkey < Formula
  include Language::Python::Virtualenv

  desc "{description}"
  homepage "{home}"
  url "{sources}"
  sha256 "{sources_sha256}"
  license "{licence}"

  depends_on "python@3.13"

  resource "wheel" do
    url "{wheel}", using: :nounzip
    sha256 "{wheel_sha256}"
  end

  def install
    virtualenv_create(libexec, "python3.13")
    pip = ["python3.13", "-m", "pip", "--python=#{{libexec}}/bin/python", "install", "--no-deps"]
    system(*pip, "--require-hashes", "--only-binary=:all:", "--requirement=tools/locks/command.txt")
    resource("wheel").stage {{ system(*pip, Pathname.pwd/"{wheel_name}") }}
    bin.install_symlink libexec/"bin/totpkey"
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/totpkey --version")
  end
end
"""


def files(about: Definition) -> dict[str, str]:
    """Return the texts by path below the folder of all packages."""
    text = _TEXT.format(
        description=about.description.removeprefix("An ").capitalize(),
        home=about.home,
        sources=about.sources.address,
        sources_sha256=about.sources.sha256,
        licence=about.licence,
        wheel=about.wheel.address,
        wheel_sha256=about.wheel.sha256,
        wheel_name=about.wheel.name,
    )
    return {"homebrew/totpkey.rb": text}
