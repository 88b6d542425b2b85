"""CSV files: the good lines exactly once, the bad ones by their number, and a file that comes back as it went."""

from datetime import time
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli.table_file import COLUMNS, items, joined, read_rows, write_rows
from digest.errors import InputError
from digest.model import Subscriber, Topic, TopicKind
from digest.wishes import Usual
from tests.cli.conftest import Cli
from tests.smtp import SmtpServer

GOOD = """email,name,topics,categories,authors,mutes,tz,at,cadence,papers,language,abstracts,text_only
ada@example.org,Ada Vane,folding kites;soup,cs.LG;stat.*,Otto Bell,sheep,Europe/Berlin,06:15,weekdays,7,de,full,yes
bo@example.org,"Bell, Bo",,,,,,,,,,,
"""


def write(cli: Cli, text: str) -> str:
    path = cli.folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_import_and_export_are_each_other_s_inverse(cli: Cli) -> None:
    done = cli("subscriber", "import", write(cli, GOOD), "--confirmed")
    assert done.out == "2 added, 0 already there, 0 bad lines\n"
    out = cli.folder / "out.csv"
    cli("subscriber", "export", "--out", str(out))
    assert out.read_text() == cli("subscriber", "export").out
    assert out.read_text().split("\n") == [
        *GOOD.split("\n")[:2],
        'bo@example.org,"Bell, Bo",,,,,UTC,07:30,daily,,,short,',
        "",
    ]


def test_importing_again_changes_nothing(cli: Cli) -> None:
    file = write(cli, GOOD)
    cli("subscriber", "import", file, "--confirmed")
    cli("subscriber", "edit", "ada@example.org", "--topic", "time")
    before = cli("subscriber", "list", "--json").json
    counts = cli("subscriber", "import", file, "--confirmed", "--json").json
    assert counts == {"added": 0, "asked": 0, "already_there": 2, "bad": 0}
    assert cli("subscriber", "list", "--json").json == before


def test_bad_lines_are_told_and_good_ones_kept(cli: Cli) -> None:
    text = (
        "\ufeffEmail, topics ,tz,papers\r\n"
        "ada@example.org,kites,,\r\n"
        "nobody,kites,,\r\n"
        "\r\n"
        "bo@example.org,the,,\r\n"
        "chi@example.org,soup,Mars/Base,\r\n"
        "dee@example.org,soup,,many\r\n"
        "ADA@example.org,soup,,\r\n"
        "eli@example.org,soup\r\n"
        "fay@example.org,soup,Asia/Tokyo,3\r\n"
    )
    done = cli("subscriber", "import", write(cli, text), "--confirmed", code=1)
    assert done.out == "2 added, 0 already there, 6 bad lines\n"
    told = [line.partition("line ")[2] for line in done.err.splitlines()]
    for line, beginning in zip(
        told,
        (
            "3: “nobody” is no e-mail address",
            "5: “the” holds no telling word",
            "6: there is no zone “Mars/Base”",
            "7: “many” is no number of papers",
            "8: ADA@example.org is in the file twice",
            "9: 2 cells, not 4",
        ),
        strict=True,
    ):
        assert line.startswith(beginning)
    assert [each["email"] for each in cli("subscriber", "list", "--json").json] == [
        "ada@example.org",
        "fay@example.org",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"email,colour\n", "has a column “colour”; there are email, name, topics"),
        (b"name\nAda\n", "must have each column once, and email"),
        (b"", "must have each column once, and email"),
        (b"email,email\n", "must have each column once, and email"),
        (b"email,name\na@example.org,\xff\n", "is not UTF-8; save it as CSV UTF-8"),
        (b'email,name\na@example.org,"Ada\n', "line 2"),
    ],
)
def test_a_file_that_cannot_be_used(cli: Cli, content: bytes, message: str) -> None:
    path = cli.folder / "people.csv"
    path.write_bytes(content)
    assert message in cli.fails("subscriber", "import", str(path), "--confirmed")
    assert cli("subscriber", "list", "--json").json == []


def test_no_file(cli: Cli) -> None:
    assert "cannot be read: No such file" in cli.fails("subscriber", "import", "absent.csv", "--confirmed")
    assert cli("subscriber", "list", "--json").json == []


def test_who_did_not_say_so_is_asked(cli: Cli, smtp_server: SmtpServer) -> None:
    cli.configure(smtp=smtp_server.port)
    cli("subscriber", "add", "bo@example.org")
    cli("subscriber", "unsubscribe", "bo@example.org")
    counts = cli("subscriber", "import", write(cli, GOOD), "--json").json
    assert counts == {"added": 0, "asked": 1, "already_there": 1, "bad": 0}
    assert cli("enqueue", "--json").json["letters"] == {"confirm": 1, "link": 0, "move": 0, "waiting": 0}
    cli("deliver")
    assert [mail.recipient for mail in smtp_server.mails] == ["ada@example.org"]
    [ada] = cli("subscriber", "list", "--state", "pending", "--json").json
    assert (ada["email"], ada["topics"], ada["name"]) == ("ada@example.org", [], "")


def test_one_is_asked_and_may_come_back_that_way(cli: Cli) -> None:
    told = cli("subscriber", "add", "bo@example.org", "--topic", "folding kites", "--confirm").out
    assert told == "bo@example.org is asked to confirm; the letter leaves with digest serve or digest run\n"
    assert cli("subscriber", "list", "--json").json == []
    assert cli("enqueue").out.splitlines()[0].rstrip() == "letters  1 confirm"
    assert "say one of them" in cli.fails("subscriber", "add", "bo@example.org", "--confirm", "--confirmed", code=2)
    cli("subscriber", "add", "ada@example.org")
    assert "subscribed already" in cli.fails("subscriber", "add", "ada@example.org", "--confirm")


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "), min_size=1).map(
    lambda value: " ".join(value.split())
)


@given(st.lists(VALUES.filter(bool)))
def test_lists_survive_a_cell(values: list[str]) -> None:
    assert items(joined(values)) == values


WORDS = st.from_regex(r"[a-z;,\"' =+-]{0,8}kites[a-z;,\"' ]{0,8}", fullmatch=True)


@given(st.lists(WORDS, max_size=4), st.text(st.characters(codec="utf-8", exclude_categories=("C",))))
def test_a_subscriber_survives_the_file(tmp_path_factory: pytest.TempPathFactory, words: list[str], name: str) -> None:
    from digest.editorial.topics import parse_topic

    topics = dict.fromkeys(parse_topic(TopicKind.PHRASE, word) for word in words)
    muted = dict.fromkeys(Topic(topic.kind, topic.value, muted=True) for topic in topics)
    one = Subscriber(
        address="ada@example.org",
        name=" ".join(name.split()),
        zone="UTC",
        at=time(7, 30),
        topics=(*topics, *muted),
    )
    file = StringIO()
    write_rows(file, [one])
    path: Path = tmp_path_factory.getbasetemp() / "people.csv"
    path.write_text(file.getvalue(), encoding="utf-8", newline="")
    assert read_rows(path, Usual()) == ([one], [])


def test_the_columns_are_the_contract() -> None:
    assert (
        *("email", "name", "topics", "categories", "authors"),
        *("mutes", "tz", "at", "cadence", "papers", "language", "abstracts", "text_only"),
    ) == COLUMNS


def test_an_unknown_column_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("mail\n")
    with pytest.raises(InputError, match="there are email, name"):
        read_rows(path, Usual())
