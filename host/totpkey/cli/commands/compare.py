"""totpkey compare"""

from __future__ import annotations

import click

from totpkey.cli.keys.connect import Selection, both
from totpkey.cli.output import give, give_json, say, visible
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.link.replies import StoredAccount


@click.command("compare")
@click.argument("other")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(selection: Selection, other: str, as_json: bool) -> None:
    """Show which accounts this key and OTHER do not both have. Both have to be plugged in and in setup.

    OTHER is the beginning of the other key's id, or its port. Where more than two keys are plugged in, --key
    or --port before the command says which one this is. Accounts are compared by names and settings: no key
    shows its secrets.
    """
    with both(selection, other) as (one, two):
        ours, theirs = one.client.list(), two.client.list()
        ids = one.hello.key, two.hello.key
    lacking = plan.lacking(theirs, ours), plan.lacking(ours, theirs)
    if as_json:
        give_json(
            {key: [_shown(account) for account in lacks] for key, lacks in zip(ids, lacking, strict=True)}
        )
        return
    for key, lacks in zip(ids, lacking, strict=True):
        for account in lacks:
            give(
                tr(
                    "{key} lacks {name} ({account} on the other)",
                    key=visible(key),
                    name=visible(account.name),
                    account=account.account,
                )
            )
    if not any(lacking):
        say(tr("Both keys have the same accounts, by names and settings."))


def _shown(account: StoredAccount) -> dict[str, str]:
    return {"account": account.account, "issuer": account.issuer, "label": account.label}
