"""Tells on the console what happened, day by day.

In:    subscribers, days and mails.
Out:   a short, calm account; each mail with its file and one of its reasons.
Never: a fact that is not in what it was given.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from digest.demo.inbox import Mail
from digest.demo.replay import Day
from digest.jobs.ingest import SourceReport
from digest.model import Digest, Edition, Pick, Subscriber
from digest.text import plain
from digest.wording import topic_name, why_trending, why_you

TOP = 3


class Story:
    """Prints to `console`."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.days = 0

    def waiting(self, what: str) -> AbstractContextManager[object]:
        """Shows `what` while something takes its time; on a terminal only."""
        return self.console.status(what)

    def begin_live(self, subscribers: Sequence[Subscriber]) -> None:
        self._say("Sources", "arXiv and Hugging Face, live: what they list right now.")
        self._subscribers(subscribers)

    def begin_sample(self, subscribers: Sequence[Subscriber], papers: int) -> None:
        self._say(
            "Sources",
            f"arXiv and Hugging Face are out of reach (or list nothing today). So here is the sample that ships: "
            f"{papers} invented papers, three days in March 2026, served on the loopback in the same formats.",
        )
        self._subscribers(subscribers)

    def day(self, day: Day) -> None:
        """What was read, what leads the edition, what was sent to whom."""
        self.console.print(Text(f"\n{day.day:%A} {day.day.day} {day.day:%B %Y}", style="bold"))
        self._say("read", _read(day.reports))
        if day.edition:
            self._edition(day.edition)
        for letter in day.letters:
            self._letter(letter.digest, letter.mail)
        for delivery in day.quiet:
            self._say(delivery.state.value, f"{delivery.address}: {delivery.reason}")
        if day.letters:
            self._reasons(day.letters[self.days % len(day.letters)].digest)
        self.days += 1

    def again(self, sent: int) -> None:
        """How many messages a second enqueue and deliver sent."""
        self.console.print()
        self._say("Again", f"enqueue and deliver once more: {sent} messages. What is sent is sent.")

    def end(self, directory: Path, index: Path, mails: int) -> None:
        """Where to look, and what to do next."""
        self._say("Look", f"{index}  {mails} messages, beside it as .html and .eml")
        self._say("", f"digest delivery list --config {directory / 'config.toml'}")
        self._say("Next", "cp config.example.toml config.toml, and say in it who sends, through which server")
        self._say("", 'digest subscriber add YOU@YOURS --topic "graph neural networks" --category cs.LG')
        self._say("", "digest run          one cycle by hand")
        self._say("", "digest serve        every day, by itself")

    def _say(self, label: str, what: str | Text) -> None:
        row = Table.grid(padding=(0, 2), expand=True)
        row.add_column(width=8, style="dim")
        row.add_column(ratio=1)
        row.add_row(label, what)
        self.console.print(row)

    def _subscribers(self, subscribers: Iterable[Subscriber]) -> None:
        self.console.print()
        for number, one in enumerate(subscribers):
            place = one.zone.rpartition("/")[2].replace("_", " ")
            follows = ", ".join(topic_name(topic) for topic in one.topics if not topic.muted)
            muted = ", ".join(topic_name(topic) for topic in one.topics if topic.muted)
            text = Text.assemble((one.address, "bold"), f"  {one.at:%H:%M} {place}\n", (follows, "dim"))
            self._say("For" if number == 0 else "", text + Text(f"; never {muted}" if muted else "", "dim"))

    def _edition(self, edition: Edition) -> None:
        self._say("edition", f"{len(edition.entries)} papers; on top")
        for entry in edition.entries[:TOP]:
            line = Table.grid(padding=(0, 2), expand=True)
            line.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
            line.add_column(no_wrap=True, style="dim", justify="right")
            line.add_row(f"{entry.rank}  {plain(entry.paper.title)}", why_trending(entry.trend))
            self.console.print(Padding(line, (0, 0, 0, 10)))

    def _letter(self, digest: Digest, mail: Mail) -> None:
        head = Text.assemble((mail.recipient, "bold"), f"  {len(digest.picks)} papers  ", (mail.eml, "dim"))
        self._say("sent", head)
        subject = Text(mail.subject, no_wrap=True, overflow="ellipsis")
        self.console.print(Padding(subject, (0, 0, 0, 10)), overflow="ellipsis", no_wrap=True)

    def _reasons(self, digest: Digest) -> None:
        pick: Pick = digest.picks[0]
        title = Text(plain(pick.ranked.paper.title), style="italic")
        reasons = f"\n{why_you(pick.match)}\n{why_trending(pick.ranked.trend)}"
        self._say("because", Text.assemble(f"{digest.subscriber.name}: ", title, (reasons, "dim")))


def _read(reports: Iterable[SourceReport]) -> str:
    """`arxiv: 20 new papers; huggingface: 17 with votes; 4 polls`."""
    sums: dict[str, list[int]] = {}
    problems: list[str] = []
    for report in reports:
        tally = sums.setdefault(report.name, [0, 0, 0])
        for at, count in enumerate((report.new, report.updated, report.signals)):
            tally[at] += count
        problems += [f"{report.name}: {report.problem}"] if report.problem else []
    counted = [f"{name}: {_counted(*tally)}" for name, tally in sums.items()]
    return "; ".join(counted + problems)


def _counted(new: int, updated: int, signals: int) -> str:
    counts = ((new, "new papers"), (updated, "updated"), (signals, "votes, comments and stars observed"))
    return ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing new"
