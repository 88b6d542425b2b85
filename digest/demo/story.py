"""Tells on the console what happened, day by day.

In:    subscribers, days and mails.
Out:   a short, calm account; each mail with its file and one of its reasons.
Never: a fact that is not in what it was given.
"""

import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from digest.demo.inbox import Mail
from digest.demo.replay import Day, Letter
from digest.jobs.ingest import SourceReport
from digest.model import Digest, Edition, Pick, Subscriber
from digest.resources import example_config
from digest.text import plain
from digest.wording import topic_name, why_trending, why_you

TOP = 3
MARGIN = 10  # columns, for labels


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
            f"arXiv and Hugging Face did not both answer with papers at once. So here is the sample that ships: "
            f"{papers} invented papers, three days in March 2026, served on the loopback in the same formats.",
        )
        self._subscribers(subscribers)

    def day(self, day: Day) -> None:
        """What was read, what leads the edition, what was sent to whom."""
        self.console.print(Text(f"\n{day.day:%A} {day.day.day} {day.day:%B %Y}", style="bold"))
        self._say("read", _read(day.reports))
        if day.edition:
            self._edition(day.edition)
        for number, letter in enumerate(day.letters):
            self._letter(letter, "" if number else "sent")
        for delivery in day.quiet:
            self._say(delivery.state.value, f"{delivery.address}: {delivery.reason}")
        if day.letters:
            self._reasons(day.letters[self.days % len(day.letters)].digest)
        self.days += 1

    def again(self, sent: int) -> None:
        """How many messages a second enqueue and deliver sent."""
        self.console.print()
        self._say("Again", f"enqueue and deliver once more: {sent} messages. What is sent is sent.")

    def end(self, config: Path, index: Path, mails: Sequence[Mail]) -> None:
        """Where to look, and what to do next."""
        self._say("Look", f"{index}  {len(mails)} messages, beside it as .html and .eml")
        digest = _program()
        self._say("", f"{digest} delivery list --config {config}")
        if mails:
            self._say("", f"{digest} why {min(mail.recipient for mail in mails)} --config {config}")
        self._say("", f"{digest} serve --only web --config {config}")
        self._say("Next", f"cp {_near(example_config())} config.toml, and say in it who sends")
        self._say("", f"{digest} subscriber add YOU@YOURS.ORG --category cs.LG")
        self._say("", f"{digest} run     one cycle by hand")
        self._say("", f"{digest} serve   every day, by itself")

    def _say(self, label: str, what: str | Text) -> None:
        row = Table.grid(padding=(0, 2))
        row.add_column(width=8, style="dim")
        row.add_column()
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
        self._say("edition", f"{len(edition.entries)} papers, and on top:")
        rows = [(why_trending(entry).partition(",")[0], entry.paper.title) for entry in edition.entries[:TOP]]
        top = Table.grid(padding=(0, 2))
        top.add_column(width=max((len(gain) for gain, _ in rows), default=0), style="dim")
        top.add_column()
        for gain, title in rows:
            top.add_row(gain, Text(plain(title), no_wrap=True, overflow="ellipsis"))
        self.console.print(Padding(top, (0, 0, 0, MARGIN)))

    def _letter(self, letter: Letter, label: str) -> None:
        mail, digest = letter.mail, letter.digest
        count = f"{len(digest.picks)} of {digest.considered} papers"
        self._say(label, Text.assemble((mail.recipient, "bold"), f"  {count}  ", (mail.eml, "dim")))
        self.console.print(Padding(Text(mail.subject), (0, 0, 0, MARGIN)), overflow="ellipsis", no_wrap=True)

    def _reasons(self, digest: Digest) -> None:
        pick: Pick = digest.picks[0]
        title = Text(plain(pick.ranked.paper.title), style="italic")
        reasons = f"\n{why_you(pick.match)}\n{why_trending(pick.ranked)}"
        self._say("because", Text.assemble(f"{digest.subscriber.name}: ", title, (reasons, "dim")))


def _program() -> str:
    """How to call this program from here: by its name where the shell finds it, else by its path."""
    called = Path(sys.argv[0])
    return "digest" if called.name != "digest" or shutil.which("digest") else str(_near(called.absolute()))


def _near(path: Path) -> Path:
    """As it is named from here, if it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _read(reports: Iterable[SourceReport]) -> str:
    """`arxiv: 20 new papers; huggingface: 312 signals`."""
    sums: dict[str, Counter[str]] = {}
    problems: list[str] = []
    for report in reports:
        sums.setdefault(report.name, Counter()).update(new=report.new, signals=report.signals)
        problems += [f"{report.name}: {report.problem}"] if report.problem else []
    return "; ".join([f"{name}: {_counted(tally)}" for name, tally in sums.items()] + problems)


def _counted(tally: Counter[str]) -> str:
    counts = ((tally["new"], "new papers"), (tally["signals"], "signals"))
    return ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing new"
