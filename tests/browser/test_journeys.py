"""One subscription, from the front page to the way out, as its owner lives through it: in a browser and a mailbox."""

import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser

from digest.model import Subscriber, SubscriberState
from tests.browser.lab import DAYS, Lab, links
from tests.browser.visitor import Visitor

ADA, BO = "ada@example.org", "bo@example.org"
LIKED = "2603.91001"  # of the first day; on the second there are papers like it
PAPER = re.compile(r"arxiv\.org/abs/(\d{4}\.\d{5})")


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def ada(request: pytest.FixtureRequest, lab: Lab, browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context(java_script_enabled=request.param, timezone_id="Europe/Berlin", locale="en-GB")
    yield Visitor(lab, context, ADA, scripts=request.param)
    context.close()


def papers(mail: EmailMessage) -> list[str]:
    """In their order."""
    return list(dict.fromkeys(PAPER.findall(" ".join(links(mail)))))


def one_like(lab: Lab, subscriber: Subscriber, address: str) -> None:
    """Somebody who wants the same and never says anything: what they get is what there would have been."""
    lab.app.store.subscribers.add(replace(subscriber, id=0, address=address, next_due_at=None), lab.clock.now())


def unsubscribe_by_header(mail: EmailMessage) -> int:
    """As a mailbox does it when its owner presses its own button (RFC 8058)."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.search(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    assert found
    request = urllib.request.Request(found[1], data=b"List-Unsubscribe=One-Click", method="POST")
    with urllib.request.urlopen(request) as answer:
        status: int = answer.status
        return status


def test_from_the_front_page_to_the_way_out(ada: Visitor, lab: Lab) -> None:
    lab.until(DAYS[0], time(9))

    ada.opens("/", "The papers that matter to you, once a day")
    ada.fills(**{"E-mail_address": ADA}, Time="14:00")
    ada.page.get_by_label("Time zone").select_option("UTC")
    ada.presses("Subscribe", "Now look into your inbox")
    assert lab.app.store.subscribers.get(ADA) is None

    lab.work()
    [letter] = ada.mails()
    assert lab.subscriber(ADA).state is SubscriberState.PENDING
    ada.clicks_in(letter, "/c/", "Shall the digest come?")
    assert lab.subscriber(ADA).state is SubscriberState.PENDING
    ada.presses("Yes, send it to me", "Welcome! You are subscribed")
    assert lab.subscriber(ADA).state is SubscriberState.ACTIVE
    one_like(lab, lab.subscriber(ADA), BO)

    lab.until(DAYS[0])
    first = ada.mails()[-1]
    assert papers(first) == papers(lab.mails(BO)[-1]) != []
    ada.clicks_in(first, f"/more/arxiv:{LIKED}$", "More like this?")
    ada.presses("More like this", "Noted: more like this")

    lab.until(DAYS[1])
    second = ada.mails()[-1]
    assert len(ada.mails()) == 3
    assert papers(second) != papers(lab.mails(BO)[-1])
    assert not set(papers(first)) & set(papers(second))

    ada.clicks_in(second, "/p/", "Your digest")
    ada.fills(Topics="language models\nrobots")
    ada.page.get_by_label("Abstracts").select_option("titles")
    ada.presses("Save", "Your digest")
    assert lab.subscriber(ADA).abstracts == "titles"
    assert [topic.value for topic in lab.subscriber(ADA).topics] == ["language models", "robots"]

    assert unsubscribe_by_header(second) == 200
    assert lab.subscriber(ADA).state is SubscriberState.UNSUBSCRIBED
    lab.until(DAYS[2])
    assert len(ada.mails()) == 3
    assert len(lab.mails(BO)) == 3
