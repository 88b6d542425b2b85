"""The demo's front page: every mail of every day, a click apart.

In:    days and mails.
Out:   index.html beside the mails; no script, nothing loaded from elsewhere.
Never: a link to a file that is not there.
"""

from collections.abc import Sequence
from pathlib import Path

from digest.demo.place import INDEX
from digest.demo.replay import Day
from digest.templating import Templates
from digest.wording import topic_name


def write_index(directory: Path, days: Sequence[Day], *, invented: bool) -> Path:
    """Writes `index.html`; its path. `invented`: the papers are the sample's."""
    page = Templates(Path(__file__).parent).render(INDEX, days=[_day(day) for day in days], invented=invented)
    path = directory / INDEX
    path.write_text(page, encoding="utf-8")
    return path


def _day(day: Day) -> dict[str, object]:
    letters = [
        {
            "mail": letter.mail,
            "digest": letter.digest,
            "subscriber": letter.digest.subscriber,
            "follows": [topic_name(topic) for topic in letter.digest.subscriber.topics if not topic.muted],
        }
        for letter in day.letters
    ]
    return {"day": day.day, "letters": letters, "quiet": day.quiet, "edition": day.edition}
