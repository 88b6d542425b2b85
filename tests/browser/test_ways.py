"""What else people do with their subscription, each from the mail they have, as far as it goes."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from digest.model import SubscriberState
from tests.browser.lab import DAYS, Lab, links, with_cast
from tests.browser.visitor import Visitor

NEW = "quast@example.net"
YOURS, LEFT = "Your digest", "You are unsubscribed"


@pytest.fixture
def reader(lab: Lab, browser: Browser) -> Iterator[Visitor]:
    """She has had one digest."""
    address = with_cast(lab)[0].address
    lab.until(DAYS[0])
    context = browser.new_context()
    yield Visitor(lab, context, address, scripts=True)
    context.close()


def state(visitor: Visitor) -> SubscriberState:
    return visitor.lab.subscriber(visitor.address).state


def came(visitor: Visitor) -> list[str]:
    """The subjects of what came for them, after the first."""
    return [str(mail["Subject"]) for mail in visitor.mails()[1:]]


def test_a_pause_and_its_end(reader: Visitor, lab: Lab) -> None:
    reader.clicks_in(reader.mails()[0], "/p/", YOURS)
    reader.follows("Pause", "A pause")
    reader.page.get_by_label("1 week").check()
    reader.presses("Pause", YOURS)
    assert "The pause has begun." in reader.text()
    lab.until(DAYS[1])
    assert came(reader) == []
    reader.opens(reader.page.url, YOURS)
    reader.presses("End the pause", YOURS)
    assert "The pause is over." in reader.text()
    lab.until(DAYS[2])
    assert len(came(reader)) == 1


def test_leaving_with_a_reason_and_coming_back(reader: Visitor, lab: Lab) -> None:
    reader.clicks_in(reader.mails()[0], "/u/", "Stop the digest?")
    assert state(reader) is SubscriberState.ACTIVE
    reader.presses("Unsubscribe", LEFT)
    assert state(reader) is SubscriberState.UNSUBSCRIBED
    reader.page.get_by_label("It came too often").check()
    reader.presses("Say why", LEFT)
    assert "Thank you for saying why." in reader.text()
    reader.presses("Bring it back", "It is as it was")
    assert state(reader) is SubscriberState.ACTIVE
    lab.until(DAYS[1])
    assert len(came(reader)) == 1


def test_another_address_is_asked_before_it_is_used(reader: Visitor, lab: Lab) -> None:
    reader.clicks_in(reader.mails()[0], "/p/", YOURS)
    reader.follows("Another address", "Another address")
    reader.fills(Your_address="somebody@example.com", New_address=NEW)
    reader.presses("Send the letter", "Another address")
    assert "This is not the address that the digest goes to." in reader.text()
    reader.fills(Your_address=reader.address, New_address=NEW)
    reader.presses("Send the letter", "Look into the new mailbox")
    lab.work()
    [letter] = lab.mails(NEW)
    assert reader.lab.app.store.subscribers.get(NEW) is None
    reader.clicks_in(letter, "/m/", "Is this your new address?")
    reader.presses("Yes, send it here", "It comes here now")
    lab.until(DAYS[1])
    assert came(reader) == []
    assert len(lab.mails(NEW)) == 2


def test_a_copy_and_an_end(reader: Visitor, lab: Lab) -> None:
    reader.clicks_in(reader.mails()[0], "/p/", YOURS)
    first = reader.page.url
    reader.follows("A copy of your data", "A copy of your data")
    reader.fills(Your_address=reader.address)
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Download", exact=True).click()
    copy = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert reader.address in json.dumps(copy)
    reader.opens(first, YOURS)
    reader.follows("Erase everything", "Erase everything?")
    reader.fills(Your_address=reader.address)
    reader.presses("Erase everything", "Everything is erased")
    assert lab.app.store.subscribers.get(reader.address) is None
    reader.opens(first, "This link does not work")
    lab.until(DAYS[1])
    assert came(reader) == []


def test_the_link_comes_by_mail(reader: Visitor, lab: Lab) -> None:
    reader.opens("/link", "The link to your preferences")
    reader.fills(**{"E-mail_address": reader.address})
    reader.presses("Mail me my link", "Now look into your inbox")
    lab.work()
    assert came(reader) == ["Your link to the preferences of Morning papers"]
    reader.clicks_in(reader.mails()[-1], "/p/", YOURS)


def test_somebody_is_muted_from_a_paper(reader: Visitor, lab: Lab) -> None:
    before = lab.subscriber(reader.address).topics
    reader.clicks_in(reader.mails()[0], "/less/", "Less like this?")
    reader.page.get_by_label("Papers by").first.check()
    reader.presses("Mute", "Muted")
    [muted] = set(lab.subscriber(reader.address).topics) - set(before)
    assert muted.muted
    reader.follows("Back to the paper", "Less like this?")
    reader.presses("Less like this", "Noted: less like this")
    reader.presses("Take it back", "Taken back")


def test_taste_is_seen_and_taken_back(reader: Visitor, lab: Lab) -> None:
    reader.clicks_in(reader.mails()[0], "/more/", "More like this?")
    reader.presses("More like this", "Noted: more like this")
    number = lab.subscriber(reader.address).id
    assert len(lab.app.store.feedback.of([number])[number]) == 1
    reader.clicks_in(reader.mails()[0], "/p/", YOURS)
    reader.follows("Your taste", "Your taste")
    reader.page.get_by_role("button", name="Take back").click()
    reader.sees("Your taste")
    assert lab.app.store.feedback.of([number]).get(number, ()) == ()


def test_what_is_typed_wrongly_is_said_by_its_field(reader: Visitor) -> None:
    reader.clicks_in(reader.mails()[0], "/p/", YOURS)
    reader.fills(Topics="x", Authors_to_follow="Ada Inventada")
    reader.presses("Save", YOURS)
    field = reader.page.get_by_label("Topics")
    assert field.get_attribute("aria-invalid") == "true"
    assert (
        "cannot be looked for"
        in reader.page.locator(f"#{field.get_attribute('aria-describedby').split()[0]}").inner_text()
    )
    assert reader.page.get_by_label("Authors to follow").input_value() == "Ada Inventada"


def test_looking_at_every_link_of_every_mail_changes_nothing(reader: Visitor, lab: Lab) -> None:
    """As the scanners of mail do, who fetch whatever they find."""
    reader.opens("/link", "The link to your preferences")
    reader.fills(**{"E-mail_address": reader.address})
    reader.presses("Mail me my link", "Now look into your inbox")
    lab.work()
    found = [link for mail in reader.mails() for link in links(mail) if link.startswith(lab.url)]
    assert {link.removeprefix(lab.url)[:3] for link in found} >= {"/u/", "/p/", "/f/", "/v/"}
    before = lab.dump()
    for link in found * 3:
        for method in ("GET", "HEAD"):
            assert reader.page.request.fetch(link, method=method).status == 200
    assert lab.dump() == before
