"""The demo's front page: every mail of every day, a click apart.

In:    days and mails.
Out:   index.html beside the mails; no script, nothing loaded from elsewhere.
Never: a link to a file that is not there.
"""

from collections.abc import Sequence
from pathlib import Path

from digest.demo.inbox import Mail
from digest.demo.place import INDEX
from digest.demo.replay import Day
from digest.templating import Templates
from digest.wording import topic_name


def write_index(directory: Path, days: Sequence[Day], mails: Sequence[Mail]) -> Path:
    """Writes `index.html`; its path."""
    page = Templates(Path(__file__).parent).render(INDEX, days=[_day(day, mails) for day in days])
    path = directory / INDEX
    path.write_text(page, encoding="utf-8")
    return path


def _day(day: Day, mails: Sequence[Mail]) -> dict[str, object]:
    letters = []
    for delivery, digest in day.sent:
        mail = next(one for one in mails if one.recipient == delivery.address and one.date == day.day.isoformat())
        follows = [topic_name(topic) for topic in digest.subscriber.topics if not topic.muted]
        letters.append({"mail": mail, "digest": digest, "subscriber": digest.subscriber, "follows": follows})
    return {"day": day.day, "letters": letters, "quiet": day.quiet, "edition": day.edition}
