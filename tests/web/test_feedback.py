"""“More like this” and “Less like this”: looking says nothing, posting does, and all of it can be taken back."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from digest.model import Paper, Subscriber, SubscriberState, Topic, TopicKind, Verdict
from digest.store.engine import Store
from digest.tokens import Purpose, Tokens
from tests.web.browser import TOKENS, Browser, Elements

MORE, LESS = Verdict.MORE, Verdict.LESS
PAPER = Paper(
    id="arxiv:2605.00001",
    title="Sparse routers that <learn> to $\\alpha$-forget",
    abstract="We study sparse routing of tidal mirrors at length.",
    authors=("Ada Inventada", "Bo Unreal", "Cy Fictive", "Di Nobody", "Ed Noone"),
    categories=("cs.LG", "stat.ML"),
)
SPARSE = Topic(TopicKind.PHRASE, "Sparse Routing")
OTHER = Topic(TopicKind.PHRASE, "glass violins")


@pytest.fixture
def reader(store: Store, ada: Subscriber, now: datetime) -> Subscriber:
    store.papers.save([PAPER], [], source="arxiv", seen_at=now)
    following = replace(ada, topics=(SPARSE, OTHER))
    store.subscribers.update(following)
    return following


def link(subscriber: Subscriber, what: str = "more", paper: str = PAPER.id, purpose: Purpose = Purpose.FEEDBACK) -> str:
    token = TOKENS.issue(purpose, subscriber.id, subscriber.token_version)
    return f"/f/{token}/{what}" + (f"/{quote(paper, safe=':/')}" if paper else "")


def muting(subscriber: Subscriber, topic: str, **more: str) -> tuple[str, dict[str, str]]:
    return link(subscriber, "mute", ""), {"paper": PAPER.id, "topic": topic, **more}


def said(store: Store, subscriber: Subscriber) -> Verdict | None:
    return store.feedback.said(subscriber.id, PAPER.id)


def topics(store: Store, subscriber: Subscriber) -> tuple[Topic, ...]:
    found = store.subscribers.by_id(subscriber.id)
    assert found
    return found.topics


@pytest.mark.parametrize("what", ["more", "less"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_says_nothing(client: Browser, store: Store, reader: Subscriber, method: str, what: str) -> None:
    for _ in range(3):
        assert client.request(method, link(reader, what)).status_code == 200
    assert said(store, reader) is None
    assert store.subscribers.by_id(reader.id) == reader


@pytest.mark.parametrize(("what", "asked"), [("more", "More like this?"), ("less", "Less like this?")])
def test_the_page_names_the_paper_and_says_what_will_happen(
    client: Browser, reader: Subscriber, what: str, asked: str
) -> None:
    page = client.get(link(reader, what)).text
    assert f"<h1>{asked}</h1>" in page
    assert "Sparse routers that &lt;learn&gt; to α-forget" in page
    assert "Ada Inventada, Bo Unreal, Cy Fictive and 2 more" in page
    assert "Until you do, nothing changes." in page
    assert "A•••@example.org" in page
    assert "lovelace" not in page.lower()
    assert f"/{Purpose.PREFERENCES}/" not in page
    assert Elements(page).named("form")[0] == {"class": "step", "method": "post", "action": link(reader, what)}


@pytest.mark.parametrize(("what", "noted"), [("more", "Noted: more like this"), ("less", "Noted: less like this")])
def test_posting_says_it_and_is_heard(
    client: Browser, store: Store, reader: Subscriber, now: datetime, what: str, noted: str
) -> None:
    answer = client.post(link(reader, what))
    assert answer.status_code == 200
    assert noted in answer.text
    assert Elements(answer.text).named("form")[0]["action"] == link(reader, "undo")
    assert said(store, reader) == what
    assert store.subscribers.by_id(reader.id) == replace(reader, heard_at=now)
    assert client.get(link(reader, what)).text == answer.text
    assert client.post(link(reader, what)).text == answer.text
    assert len(store.feedback.of([reader.id])[reader.id]) == 1


def test_the_other_verdict_replaces_the_first(client: Browser, store: Store, reader: Subscriber) -> None:
    client.post(link(reader, "more"))
    page = client.get(link(reader, "less")).text
    assert "You said “more like this” of it before" in page
    assert said(store, reader) is MORE
    client.post(link(reader, "less"))
    assert said(store, reader) is LESS
    assert "You said “less like this” of it before" in client.get(link(reader, "more")).text


def test_it_is_taken_back_once_or_twice(client: Browser, store: Store, reader: Subscriber) -> None:
    client.post(link(reader, "more"))
    first, second = client.post(link(reader, "undo")), client.post(link(reader, "undo"))
    assert first.status_code == 200
    assert "Taken back" in first.text
    assert first.text == second.text
    assert said(store, reader) is None
    assert {each["href"] for each in Elements(first.text).named("a")} >= {link(reader), link(reader, "less")}


def test_an_alias_leads_to_the_same_paper(client: Browser, store: Store, reader: Subscriber, now: datetime) -> None:
    store.papers.save([replace(PAPER, aliases=("doi:10.1000/(x)/y z",))], [], source="other", seen_at=now)
    answer = client.post(link(reader, "more", "doi:10.1000/(x)/y z"))
    assert answer.status_code == 200
    assert said(store, reader) is MORE
    assert answer.text == client.get(link(reader)).text


def test_what_can_be_muted_is_what_the_paper_has(client: Browser, reader: Subscriber) -> None:
    assert "radio" not in client.get(link(reader, "more")).text
    page = client.get(link(reader, "less")).text
    offered = [each["value"] for each in Elements(page).named("input") if each.get("type") == "radio"]
    assert offered == [
        "phrase:Sparse Routing",
        *(f"author:{name}" for name in PAPER.authors),
        "category:cs.LG",
        "category:stat.ML",
    ]
    assert "Papers that say “Sparse Routing” <span" in page
    assert page.count("you follow this") == 1
    assert "Papers listed in cs.LG (Machine Learning)" in page


@pytest.mark.parametrize("value", ["author:Bo Unreal", "category:stat.ML"])
def test_a_mute_is_kept_and_taken_back(client: Browser, store: Store, reader: Subscriber, value: str) -> None:
    kind, _, name = value.partition(":")
    path, fields = muting(reader, value)
    for _ in range(2):
        answer = client.post(path, data=fields)
        assert answer.status_code == 200
        assert "<h1>Muted</h1>" in answer.text
        assert topics(store, reader) == (SPARSE, OTHER, Topic(TopicKind(kind), name, muted=True))
    assert f'value="{value}"' not in client.get(link(reader, "less")).text
    for _ in range(2):
        assert "Taken back" in client.post(path, data=fields | {"back": "yes"}).text
        assert topics(store, reader) == (SPARSE, OTHER)
    assert said(store, reader) is None


def test_to_mute_what_one_follows_ends_that_until_it_is_taken_back(
    client: Browser, store: Store, reader: Subscriber
) -> None:
    path, fields = muting(reader, "phrase:Sparse Routing")
    answer = client.post(path, data=fields)
    assert topics(store, reader) == (OTHER, replace(SPARSE, muted=True))
    [button] = Elements(answer.text).named("button")
    assert button["name"] == "back"
    client.post(path, data=fields | {"back": str(button["value"])})
    assert topics(store, reader) == (OTHER, SPARSE)


@pytest.mark.parametrize("value", ["author:Somebody Else", "phrase:glass violins", "category:cs.CR", "", "author:"])
def test_nothing_else_can_be_muted(client: Browser, store: Store, reader: Subscriber, value: str) -> None:
    path, fields = muting(reader, value)
    assert client.post(path, data=fields).status_code == 404
    assert client.post(path, data=fields | {"back": "follow"}).status_code == 404
    assert topics(store, reader) == (SPARSE, OTHER)


@pytest.mark.parametrize(
    "paper", ["arxiv:0000.00000", "x\0y", "é" * 301, "../../u", "%", "arxiv:2605.00001/", "\u2028"], ids=repr
)
def test_a_paper_nobody_knows_is_not_found(client: Browser, store: Store, reader: Subscriber, paper: str) -> None:
    for method, what in (("GET", "more"), ("POST", "more"), ("POST", "less"), ("POST", "undo")):
        assert client.request(method, link(reader, what, quote(paper, safe="/"))).status_code == 404
    assert client.post(link(reader, "mute", ""), data={"paper": paper, "topic": "category:cs.LG"}).status_code == 404
    assert store.feedback.of([reader.id]) == {reader.id: ()}
    assert store.subscribers.by_id(reader.id) == reader


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("kind", ["garbage", "revoked", "unknown reader", "another secret", "another purpose"])
def test_a_link_that_is_not_for_this_is_not_found(
    client: Browser, store: Store, reader: Subscriber, method: str, kind: str
) -> None:
    path = {
        "garbage": f"/f/%00%ff..;x/more/{PAPER.id}",
        "revoked": link(replace(reader, token_version=reader.token_version - 1)),
        "unknown reader": link(replace(reader, id=reader.id + 1)),
        "another secret": f"/f/{Tokens(b'other').issue(Purpose.FEEDBACK, reader.id, 1)}/more/{PAPER.id}",
        "another purpose": link(reader, purpose=Purpose.PREFERENCES),
    }[kind]
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert method == "HEAD" or "This link does not work" in answer.text
    assert said(store, reader) is None


@pytest.mark.parametrize("what", ["undo", "mute", "other"])
def test_only_the_two_verdicts_can_be_looked_at(client: Browser, reader: Subscriber, what: str) -> None:
    assert client.get(link(reader, what)).status_code in (404, 405)


@pytest.mark.parametrize("gone", [SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED])
def test_who_left_is_told_so(
    client: Browser, store: Store, reader: Subscriber, now: datetime, gone: SubscriberState
) -> None:
    store.subscribers.set_state(reader.id, gone, "for the test", now)
    path, fields = muting(reader, "category:cs.LG")
    for answer in (client.post(link(reader)), client.get(link(reader)), client.post(path, data=fields)):
        assert answer.status_code == 200
        assert "You are unsubscribed" in answer.text
    assert said(store, reader) is None
    assert topics(store, reader) == (SPARSE, OTHER)


@pytest.mark.parametrize("what", ["say", "mute"])
def test_it_ends_a_pause_that_silence_brought(
    client: Browser, store: Store, reader: Subscriber, now: datetime, what: str
) -> None:
    store.subscribers.update(replace(reader, keep_by=now.date() - timedelta(days=1)))
    store.subscribers.set_state(reader.id, SubscriberState.PAUSED, "nobody answered", now)
    path, fields = muting(reader, "category:cs.LG") if what == "mute" else (link(reader), {})
    assert client.post(path, data=fields).status_code == 200
    after = store.subscribers.by_id(reader.id)
    assert after
    assert (after.state, after.keep_by, after.heard_at) == (SubscriberState.ACTIVE, None, now)


def test_another_site_cannot_say_it(client: Browser, store: Store, reader: Subscriber) -> None:
    answer = client.post(link(reader), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert said(store, reader) is None
