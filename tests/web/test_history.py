"""What one was sent, day by day, with what one said of it."""

from datetime import datetime, timedelta

import pytest

from digest.language import language
from digest.model import Cause, NoDigest, Subscriber, Verdict
from digest.store.deliveries import Owed
from digest.store.engine import Store
from digest.tokens import Purpose
from digest.web.history import PAGE, why_none
from tests.web.browser import Browser, Elements
from tests.web.library import TODAY, YESTERDAY, paper
from tests.web.own import link, send

DAY = timedelta(days=1)


def hrefs(page: str) -> list[str]:
    return [str(each.get("href")) for each in Elements(page).named("a")]


def test_nothing_yet(client: Browser, ada: Subscriber) -> None:
    assert "Nothing so far" in client.get(link(ada, "history")).text


def test_each_day_has_its_papers_or_the_reason_for_none(
    client: Browser, store: Store, ada: Subscriber, now: datetime
) -> None:
    send(store, ada, now)
    page = client.get(link(ada, "history")).text
    assert page.index("Thursday, 28 May 2026") < page.index("Wednesday, 27 May 2026")
    assert "nothing was close enough to what you follow" in page
    assert "A &lt;map&gt; of α" in page
    assert f"/paper/{paper(1).id}" in hrefs(page)
    assert f"{link(ada, '', Purpose.VIEW)}/{YESTERDAY}" in hrefs(page)
    assert f"{link(ada, '', Purpose.VIEW)}/{TODAY}" not in hrefs(page)
    assert ada.address not in page


def test_what_they_said_stands_beside_it(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    send(store, ada, now)
    assert "more like this" not in client.get(link(ada, "history")).text
    store.feedback.put(ada.id, paper(1).id, Verdict.MORE, now)
    store.feedback.put(ada.id, paper(2).id, Verdict.LESS, now)
    page = client.get(link(ada, "history")).text
    assert page.index("A &lt;map") < page.index("more like this") < page.index("2 times") < page.index("less like this")


def test_it_can_be_read_on(client: Browser, store: Store, ada: Subscriber, now: datetime) -> None:
    first = TODAY - (PAGE + 1) * DAY
    for n in range(PAGE + 2):
        row = Owed(ada.id, first + n * DAY, now, NoDigest("it is quiet"), now)
        store.deliveries.enqueue([row], now)
    page = client.get(link(ada, "history")).text
    assert page.count("<h2>") == PAGE
    [older] = [href for href in hrefs(page) if "before" in href]
    rest = client.get(link(ada, "history") + older).text
    assert rest.count("<h2>") == 2
    assert not [href for href in hrefs(rest) if "before" in href]
    assert "nothing before that" in client.get(f"{link(ada, 'history')}?before=2001-01-01").text


@pytest.mark.parametrize("before", ["", "yesterday", "0000-00-00", "99999-01-01", "%00", "2026-05-28T00:00"])
def test_any_other_date_is_the_newest_page(
    client: Browser, store: Store, ada: Subscriber, now: datetime, before: str
) -> None:
    send(store, ada, now)
    answer = client.get(f"{link(ada, 'history')}?before={before}")
    assert answer.status_code == 200
    assert "28 May 2026" in answer.text


def test_every_cause_has_its_sentence() -> None:
    english = language("en")
    said = {why_none(cause, english) for cause in Cause}
    assert len(said) == len(Cause)
    assert all(each.endswith(".") for each in said)
