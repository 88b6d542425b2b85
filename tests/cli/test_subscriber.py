"""Subscribers by hand: what was asked for is what is kept."""

import os
import pty
import sys
from datetime import UTC, datetime, timedelta

import pytest

from digest.model import SubscriberState, Topic, TopicKind
from digest.store.engine import open_store
from digest.wishes import Wishes, lists
from tests.cli.conftest import Cli


def test_add_and_show(cli: Cli) -> None:
    cli(
        *("subscriber", "add", "ada@Example.org", "--name", "Ada  Vane", "--topic", "folding kites"),
        *("--topic", "soup", "--category", "CS.lg", "--author", "Bell, Otto", "--mute", "sheep"),
        *("--tz", "Europe/Berlin", "--at", "6:05", "--cadence", "Mon, wed", "--papers", "5"),
    )
    shown = cli("subscriber", "show", "ADA@example.org", "--json").json
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": 1,
        "email": "ada@example.org",
        "name": "Ada Vane",
        "state": "active",
        "topics": ["folding kites", "soup"],
        "categories": ["cs.LG"],
        "authors": ["Otto Bell"],
        "mutes": ["sheep"],
        "tz": "Europe/Berlin",
        "at": "06:05",
        "cadence": "mon,wed",
        "papers": 5,
        "language": "",
        "abstracts": "short",
        "text_only": False,
        "next_due_at": None,
        "last_edition": None,
        "paused_until": None,
        "heard_at": None,
        "keep_by": None,
    }
    assert "folding kites, soup" in cli("subscriber", "show", "ada@example.org").out


def test_how_the_mail_looks_is_said_and_taken_back(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org", "--language", "de", "--abstracts", "full", "--text-only")
    keys = ("language", "abstracts", "text_only")
    assert [cli("subscriber", "show", "ada@example.org", "--json").json[key] for key in keys] == ["de", "full", True]
    cli("subscriber", "edit", "ada@example.org", "--language", "", "--abstracts", "titles", "--html")
    assert [cli("subscriber", "show", "ada@example.org", "--json").json[key] for key in keys] == ["", "titles", False]
    error = cli.fails("subscriber", "edit", "ada@example.org", "--language", "xx")
    assert "there is no language “xx”; there are en, de, zh" in error


def test_the_site_gives_what_is_not_said(cli: Cli) -> None:
    with (cli.folder / "config.toml").open("a") as file:
        file.write('[schedule]\ndefault_zone = "Asia/Tokyo"\ndefault_time = "06:45"\n')
    assert "daily at 06:45 Asia/Tokyo, no topics" in cli("subscriber", "add", "ada@example.org").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ada"], "“ada” is no e-mail address; an e-mail address must have an @-sign"),
        (["ada@example.org", "--tz", "Europe/Berln"], "there is no zone “Europe/Berln”; did you mean Europe/Berlin"),
        (["ada@example.org", "--at", "25:00"], "“25:00” is no time of day; write HH:MM, as 07:30"),
        (["ada@example.org", "--cadence", "never"], "“never” is no cadence"),
        (["ada@example.org", "--category", "cs.LGG"], "“cs.LGG” is not an arXiv category; did you mean cs.LG"),
        (["ada@example.org", "--mute", "category:cs.LGG"], "“cs.LGG” is not an arXiv category"),
        (["ada@example.org", "--topic", "the"], "holds no telling word"),
    ],
)
def test_a_mistake_is_one_line_and_keeps_nothing(cli: Cli, arguments: list[str], message: str) -> None:
    assert message in cli.fails("subscriber", "add", *arguments)
    assert cli("subscriber", "list", "--json").json == []


def test_an_address_is_added_once(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org", "--topic", "kites")
    assert "subscribed already" in cli.fails("subscriber", "add", "ADA@EXAMPLE.ORG", "--topic", "soup")
    assert cli("subscriber", "show", "ada@example.org", "--json").json["topics"] == ["kites"]


def test_edit_changes_what_is_given_only(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org", "--topic", "kites", "--category", "cs.LG", "--papers", "5")
    before = cli("subscriber", "show", "ada@example.org", "--json").json
    cli("subscriber", "edit", "ada@example.org", "--topic", "soup", "--topic", "time", "--papers", "0")
    after = cli("subscriber", "show", "ada@example.org", "--json").json
    assert after == before | {"topics": ["soup", "time"], "papers": None}
    cli("subscriber", "edit", "ada@example.org", "--topic", "")
    assert cli("subscriber", "show", "ada@example.org", "--json").json["topics"] == []
    assert "nothing changes" in cli("subscriber", "edit", "ada@example.org", "--papers", "0").out


def test_a_new_hour_is_the_next_one(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org", "--tz", "UTC", "--at", "10:00")
    cli("subscriber", "edit", "ada@example.org", "--at", "11:00")
    assert cli("subscriber", "show", "ada@example.org", "--json").json["next_due_at"] is None
    with open_store(f"sqlite:///{cli.folder}/digest.db") as store:
        store.subscribers.schedule({1: datetime(2026, 1, 1, 10, tzinfo=UTC)})
    cli("subscriber", "edit", "ada@example.org", "--name", "Ada")
    assert cli("subscriber", "show", "ada@example.org", "--json").json["next_due_at"] == "2026-01-01T10:00:00Z"
    cli("subscriber", "edit", "ada@example.org", "--at", "12:30")  # today's, be it at once: she has had none
    due = datetime.fromisoformat(cli("subscriber", "show", "ada@example.org", "--json").json["next_due_at"])
    assert (due.hour, due.minute) == (12, 30)
    assert abs(due - datetime.now(UTC)) <= timedelta(days=1)  # noqa: TID251


def test_pause_resume_unsubscribe(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org")

    def state() -> str:
        return str(cli("subscriber", "show", "ada@example.org", "--json").json["state"])

    cli("subscriber", "pause", "ada@example.org")
    assert state() == "paused"
    assert "paused already" in cli("subscriber", "pause", "ada@example.org").out
    cli("subscriber", "resume", "ada@example.org")
    assert state() == "active"
    cli("subscriber", "unsubscribe", "ada@example.org")
    assert state() == "unsubscribed"
    assert "it gets no mail as it is" in cli.fails("subscriber", "pause", "ada@example.org")
    assert "say --confirmed" in cli.fails("subscriber", "resume", "ada@example.org")
    assert state() == "unsubscribed"
    cli("subscriber", "resume", "ada@example.org", "--confirmed")
    assert state() == "active"


def test_a_suppressed_address_stays_so(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org")
    with open_store(f"sqlite:///{cli.folder}/digest.db") as store:
        store.suppressions.add(
            "ada@example.org", "the mailbox does not exist", "550", datetime(2026, 5, 27, tzinfo=UTC)
        )
        store.subscribers.set_state(1, SubscriberState.SUPPRESSED, "", datetime(2026, 5, 27, tzinfo=UTC))
    assert "is suppressed" in cli.fails("subscriber", "resume", "ada@example.org")
    assert "is suppressed: the mailbox does not exist" in cli("why", "ada@example.org").out


def test_list_by_state(cli: Cli) -> None:
    assert "no subscribers yet" in cli("subscriber", "list").out
    cli("subscriber", "add", "ada@example.org")
    cli("subscriber", "add", "bo@example.org")
    cli("subscriber", "pause", "bo@example.org")
    assert [each["email"] for each in cli("subscriber", "list", "--json").json] == ["ada@example.org", "bo@example.org"]
    assert [each["email"] for each in cli("subscriber", "list", "--state", "paused", "--json").json] == [
        "bo@example.org"
    ]
    assert "bo@example.org" in cli("subscriber", "list").out


@pytest.mark.parametrize("command", ["show", "edit", "pause", "resume", "unsubscribe"])
def test_nobody_of_that_address(cli: Cli, command: str) -> None:
    assert "there is no subscriber x@example.org" in cli.fails("subscriber", command, "x@example.org")


def test_an_erased_subscriber_is_forgotten(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org", "--topic", "kites")
    assert cli("subscriber", "erase", "ADA@example.org", "--yes").out == "erased ada@example.org\n"
    assert "there is no subscriber" in cli.fails("subscriber", "show", "ada@example.org")
    assert "there is no subscriber" in cli.fails("subscriber", "erase", "ada@example.org", "--yes")


def test_nobody_is_erased_from_a_script_that_does_not_say_so(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("subscriber", "add", "ada@example.org")
    with open(os.devnull) as nothing:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", nothing)
        assert "say --yes" in cli.fails("subscriber", "erase", "ada@example.org", code=2)
    cli("subscriber", "show", "ada@example.org")


@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, 0), ("n", 1, 1), ("", 1, 1)])
def test_a_person_is_asked_before_somebody_is_erased(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, left: int
) -> None:
    cli("subscriber", "add", "ada@example.org")
    keyboard, terminal = pty.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        done = cli("subscriber", "erase", "ada@example.org", code=code)
    os.close(keyboard)
    assert "Erase ada@example.org and all they were sent?" in done.err
    assert done.out == ("nothing was erased\n" if left else "erased ada@example.org\n")
    assert len(cli("subscriber", "list", "--json").json) == left


def test_topics_of_one_subscriber(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org", "--topic", "kites")
    cli("topic", "add", "ada@example.org", "--phrase", "soup", "--category", "math", "--author", "Otto Bell")
    cli("topic", "mute", "ada@example.org", "--phrase", "kites")
    assert cli("topic", "list", "ada@example.org", "--json").json == [
        {"kind": "phrase", "value": "soup", "muted": False},
        {"kind": "category", "value": "math.*", "muted": False},
        {"kind": "author", "value": "Otto Bell", "muted": False},
        {"kind": "phrase", "value": "kites", "muted": True},
    ]
    cli("topic", "remove", "ada@example.org", "--phrase", "KITES", "--author", "Otto Bell")
    assert [each["value"] for each in cli("topic", "list", "ada@example.org", "--json").json] == ["soup", "math.*"]
    assert "math.*" in cli("topic", "list", "ada@example.org").out


def test_topic_mistakes(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org", "--topic", "kites")
    assert "did you mean cs.LG" in cli.fails("topic", "add", "ada@example.org", "--category", "cs.LGG")
    assert "say at least one" in cli.fails("topic", "add", "ada@example.org", code=2)
    assert "has none of them" in cli.fails("topic", "remove", "ada@example.org", "--phrase", "soup")
    assert "has them already" in cli.fails("topic", "add", "ada@example.org", "--phrase", "kites")
    assert [each["value"] for each in cli("topic", "list", "ada@example.org", "--json").json] == ["kites"]


def test_lists_and_wishes_are_each_other_s_inverse() -> None:
    topics = (
        Topic(TopicKind.PHRASE, "kites; soup"),
        Topic(TopicKind.CATEGORY, "cs.LG"),
        Topic(TopicKind.AUTHOR, "Otto Bell"),
        Topic(TopicKind.PHRASE, "author: unknown", muted=True),
        Topic(TopicKind.CATEGORY, "cs.CR", muted=True),
        Topic(TopicKind.AUTHOR, "Ida Brook", muted=True),
    )
    assert Wishes(**lists(topics))._topics(()) == topics


def test_who_left_is_not_exported(cli: Cli) -> None:
    for name in ("ada", "bo"):
        cli("subscriber", "add", f"{name}@example.org")
    cli("subscriber", "unsubscribe", "ada@example.org")
    done = cli("subscriber", "export")
    assert "bo@example.org" in done.out
    assert "ada@example.org" not in done.out
    assert "left out 1 subscriber" in done.err


def test_who_left_is_not_added_again_by_accident(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org")
    cli("subscriber", "unsubscribe", "ada@example.org")
    assert "resume brings them back" in cli.fails("subscriber", "add", "ada@example.org")


def test_an_address_that_works_again_is_resumed_by_saying_so(cli: Cli) -> None:
    cli("subscriber", "add", "ada@example.org")
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        store.suppressions.add(
            "ada@example.org", "there is no such address", "550 5.1.1", datetime(2026, 5, 28, tzinfo=UTC)
        )
    assert "--confirmed" in cli.fails("subscriber", "resume", "ada@example.org")
    cli("subscriber", "resume", "ada@example.org", "--confirmed")
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        assert not store.suppressions.contains("ada@example.org")
