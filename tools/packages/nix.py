"""A Nix expression, for `pkgs.callPackage ./totpkey.nix { }`."""

from __future__ import annotations

from packages.definition import Definition

_TEXT = """\
{{ lib, fetchurl, python3Packages }}:

python3Packages.buildPythonApplication rec {{
  pname = "totpkey";
  version = "{version}";
  format = "wheel";

  src = fetchurl {{
    url = "{address}";
    hash = "{sri}";
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
    description = "{description}";
    homepage = "{home}";
    license = lib.licenses.mit;
    mainProgram = "totpkey";
  }};
}}
"""


def files(about: Definition) -> dict[str, str]:
    """Return the texts by path below the folder of all packages."""
    text = _TEXT.format(
        version=about.version,
        address=about.wheel.address,
        sri=about.wheel.sri,
        needs="\n".join(f"    {name}" for name in about.needs),
        description=about.description,
        home=about.home,
    )
    return {"nix/totpkey.nix": text}
