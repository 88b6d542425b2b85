"""The suppression list, read and changed: mail stops at once, and comes back on somebody's word only."""

from digest.model import SubscriberState
from digest.store.engine import open_store
from tests.cli.conftest import Cli

ADA, BO = "ada@example.org", "bo@example.org"


def state(cli: Cli, address: str) -> str:
    return str(cli("subscriber", "show", address, "--json").json["state"])


def test_an_empty_list(cli: Cli) -> None:
    assert cli("suppression", "list").out == "no address is suppressed\n"
    assert cli("suppression", "list", "--json").json == []


def test_an_address_without_a_subscriber(cli: Cli) -> None:
    assert cli("suppression", "add", ADA, "--reason", "wrote to us").out == f"{ADA} is suppressed\n"
    [one] = cli("suppression", "list", "--json").json
    assert set(one) == {"email", "reason", "evidence", "created_at"}
    assert (one["email"], one["reason"], one["evidence"]) == (ADA, "wrote to us", "")
    assert one["created_at"].endswith("Z")
    assert ADA in (shown := cli("suppression", "list").out)
    assert "wrote to us" in shown
    assert "suppressed" in cli.fails("subscriber", "add", ADA)


def test_the_first_reason_stays(cli: Cli) -> None:
    cli("suppression", "add", ADA, "--reason", "wrote to us")
    assert (
        cli("suppression", "add", "Ada@Example.org", "--reason", "again").out
        == "Ada@example.org is suppressed already\n"
    )
    assert [one["reason"] for one in cli("suppression", "list", "--json").json] == ["wrote to us"]


def test_the_oldest_first_and_no_more_than_asked_for(cli: Cli) -> None:
    cli("suppression", "add", BO)
    cli("suppression", "add", ADA)
    assert [one["email"] for one in cli("suppression", "list", "--json").json] == [BO, ADA]
    assert [one["email"] for one in cli("suppression", "list", "--limit", "1", "--json").json] == [BO]


def test_its_subscriber_gets_no_more_mail_until_somebody_says_so(cli: Cli) -> None:
    cli("subscriber", "add", ADA)
    cli("suppression", "add", ADA)
    assert state(cli, ADA) == SubscriberState.SUPPRESSED
    done = cli("suppression", "remove", "Ada@Example.org").out
    assert "Ada@Example.org is no longer suppressed" in done
    assert f"digest subscriber resume {ADA} --confirmed" in done
    assert state(cli, ADA) == SubscriberState.SUPPRESSED
    cli("subscriber", "resume", ADA, "--confirmed")
    assert state(cli, ADA) == SubscriberState.ACTIVE
    assert cli("suppression", "list", "--json").json == []


def test_who_left_has_left_all_the_same(cli: Cli) -> None:
    cli("subscriber", "add", ADA)
    cli("subscriber", "unsubscribe", ADA)
    cli("suppression", "add", ADA)
    assert state(cli, ADA) == SubscriberState.UNSUBSCRIBED
    assert cli("suppression", "remove", ADA).out == f"{ADA} is no longer suppressed\n"


def test_one_who_was_erased_stays_on_it_and_can_be_taken_off(cli: Cli) -> None:
    cli("subscriber", "add", ADA)
    cli("suppression", "add", ADA)
    cli("subscriber", "erase", ADA, "--yes")
    assert len(cli("suppression", "list", "--json").json) == 1
    cli("suppression", "remove", ADA)
    assert cli("suppression", "list", "--json").json == []


def test_one_without_an_address_has_a_row_that_says_so(cli: Cli) -> None:
    cli("subscriber", "list")
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store, store.database.write() as conn:
        conn.exec_driver_sql("INSERT INTO suppression VALUES ('mark', '', 'bounced', '', '2026-05-28 12:00:00.000000')")
    assert "(erased)" in cli("suppression", "list").out
    assert cli("suppression", "list", "--json").json[0]["email"] == ""


def test_what_cannot_be(cli: Cli) -> None:
    assert "is no e-mail address" in cli.fails("suppression", "add", "nobody at all")
    assert cli.fails("suppression", "remove", ADA) == (
        f"digest: {ADA} is not on the list; digest suppression list shows who is"
    )
    assert "is not on the list" in cli.fails("suppression", "remove", "\udcff@example.org")


def test_a_reason_is_one_printable_line(cli: Cli) -> None:
    cli("suppression", "add", ADA, "--reason", "two\nlines\udcff\x1b[31m")
    assert cli("suppression", "list", "--json").json[0]["reason"] == "two lines [31m"
