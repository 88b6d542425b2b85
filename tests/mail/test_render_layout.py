"""What stands where: whole papers, papers in brief, what rises, whom one follows, whose mail it is. In both parts."""

import re
from dataclasses import replace

import pytest

from digest.mail.render import Rendered
from digest.model import Abstracts, Digest, Match, Pick, Rising, Site, Topic, TopicKind
from tests.mail.digests import ADA, FEEDBACK, GRAPHS, LINKS, READER, RISING, SITE, digest_of, pick, picks, renderer
from tests.mail.page import Page, flat

LOGO = "https://papers.example.org/logo.png"


def mail(digest: Digest, site: Site = SITE) -> Rendered:
    return renderer(site).render(digest, LINKS)


def parts(rendered: Rendered) -> tuple[str, str]:
    return flat(Page(rendered.html).text), flat(rendered.text)


def of_one_topic(count: int) -> tuple[Pick, ...]:
    """The best first, each with a title of its own."""
    return tuple(
        replace(pick(1, id=f"arxiv:2605.{n}", title=f"Paper number {n} of many"), score=1 - n / 100)
        for n in range(1, count + 1)
    )


# --- sections -----------------------------------------------------------------------------------------------------


def test_a_category_stands_above_its_papers_with_its_name() -> None:
    for part in parts(mail(digest_of(picks(5)))):
        assert re.search(r"Robotics · cs.RO (-{72} )?3", part)


@pytest.mark.parametrize("value", ["cs.*", "cs.NOTHING"])
def test_what_has_no_name_stands_above_its_papers_as_it_is(value: str) -> None:
    topic = Topic(TopicKind.CATEGORY, value)
    for part in parts(mail(digest_of((pick(1), replace(pick(2), match=Match(topic=topic)))))):
        assert re.search(rf"(?<!· ){re.escape(value)} (-{{72}} )?2", part)


@pytest.mark.parametrize("code", ["de", "zh"])
def test_names_of_categories_are_english_and_so_in_english_mails_only(code: str) -> None:
    for part in parts(mail(digest_of(picks(5), subscriber=replace(READER, language=code)))):
        assert "cs.RO" in part
        assert "Robotics" not in part


# --- whole, or in brief -------------------------------------------------------------------------------------------


def test_four_papers_of_a_topic_are_whole_and_the_weaker_ones_in_brief() -> None:
    rendered = mail(digest_of((*of_one_topic(7), pick(3))))
    for part in parts(rendered):
        whole, brief = part.split("In brief")
        assert set(re.findall(r"Paper number (\d)", whole.partition("Unsubscribe")[2])) == set("1234")
        assert whole.count("Graph networks remember everything") == 4
        assert "A Slow Gripper Is a Kind Gripper" in whole
        assert re.findall(r"Paper number (\d)", brief) == ["5", "6", "7"]
        assert "Graph networks remember" not in brief
        assert (
            brief.count("cs.LG · Your topic “graph neural networks” · +48 upvotes in 9 h, 6× the usual for cs.LG") == 3
        )


def test_a_paper_in_brief_has_its_title_linked_and_its_two_verdicts() -> None:
    rendered = mail(digest_of(of_one_topic(5)))
    page = Page(rendered.html)
    links = [(flat(words), url) for words, url in page.links]
    assert links[-6:-3] == [
        ("Paper number 5 of many", "https://arxiv.org/abs/2605.28037"),
        ("More like 5", f"{FEEDBACK}/more/arxiv:2605.5"),
        ("Less like 5", f"{FEEDBACK}/less/arxiv:2605.5"),
    ]
    assert flat(rendered.text.split("In brief")[1].partition("====")[0]).partition(" 5. ")[2] == (
        "Paper number 5 of many cs.LG · Your topic “graph neural networks” · +48 upvotes in 9 h, 6× the usual for "
        f"cs.LG Abstract: https://arxiv.org/abs/2605.28037 More like this: {FEEDBACK}/more/arxiv:2605.5 "
        f"Less like this: {FEEDBACK}/less/arxiv:2605.5"
    )


def test_the_list_at_the_end_has_the_best_first() -> None:
    best = tuple(replace(one, score=0.5 - n / 100) for n, one in enumerate(of_one_topic(6)))
    other = replace(pick(3), score=0.2).match
    third = tuple(
        replace(one, match=other, score=0.47 - n / 1000) for n, one in enumerate(picks(6, title="Robots again"))
    )
    text = mail(digest_of((*best, *third))).text.split("In brief")[1]
    titles = re.findall(r"^\d+\. (.*)$", text, re.MULTILINE)
    assert titles == ["Robots again", "Robots again", "Paper number 5 of many", "Paper number 6 of many"]


def test_few_papers_are_all_whole() -> None:
    for part in parts(mail(digest_of(of_one_topic(4)))):
        assert "In brief" not in part


@pytest.mark.parametrize("wanted", [Abstracts.FULL, Abstracts.NONE])
def test_who_wants_all_or_nothing_of_the_abstracts_has_no_list_at_the_end(wanted: Abstracts) -> None:
    rendered = mail(digest_of(of_one_topic(7), subscriber=replace(READER, abstracts=wanted)))
    for part in parts(rendered):
        assert "In brief" not in part
        assert part.count("Graph networks remember") == (7 if wanted is Abstracts.FULL else 0)
        assert part.count("Paper number 7 of many") == 1


# --- what rises ---------------------------------------------------------------------------------------------------


def test_what_rises_says_how_much_and_how_unusual_that_is() -> None:
    for part in parts(mail(digest_of(picks(2), rising=RISING))):
        block = part[part.index("Rising in your fields") :]
        places = [block.index(phrase) for phrase in ("spoken navigation", "forgetful routers", "kindness objectives")]
        assert places == sorted(places)
        assert re.search("spoken navigation:? 5 papers, 3× the usual", block)
        assert re.search("forgetful routers:? 9 papers, 2.4× the usual", block)
        assert re.search("kindness objectives:? 3 papers, 99× the usual", block)


def test_where_nothing_rises_nothing_is_said_of_it_and_never_more_than_five() -> None:
    for part in parts(mail(digest_of(picks(2)))):
        assert "Rising in your fields" not in part
    many = tuple(Rising(phrase=f"phrase {letter}", papers=1, times=2.0) for letter in "abcdefg")
    for part in parts(mail(digest_of(picks(2), rising=many))):
        assert re.findall(r"phrase ([a-g]):? 1 paper, 2× the usual", part) == list("abcde")


def test_a_phrase_from_right_to_left_and_a_hostile_one_stay_what_they_are() -> None:
    odd = (Rising(phrase="ربات‌ها", papers=2, times=3.0), Rising(phrase="<b>&amp;", papers=2, times=3.0))
    rendered = mail(digest_of(picks(1), rising=odd))
    assert '<span dir="rtl">ربات‌ها</span>' in rendered.html
    assert "&lt;b&gt;&amp;amp;" in rendered.html
    assert "* <b>&amp;: 2 papers" in rendered.text
    assert "* \u2068ربات‌ها\u2069: 2 papers" in rendered.text


def test_a_topic_from_right_to_left_turns_nothing_round() -> None:
    topic = Topic(TopicKind.PHRASE, "ربات‌ها")
    why = Match(topic=topic, words=("روبات", "robots"), also=(topic, GRAPHS), liked="ربات مهربان")
    burst = pick(4).ranked
    ranked = replace(burst, trend=replace(burst.trend, phrase="ربات‌ها"))
    chosen = (replace(pick(4), ranked=ranked, match=why), *picks(1))
    reader = replace(READER, topics=(topic, GRAPHS), language="de")
    for abstracts in Abstracts:
        rendered = mail(digest_of(chosen, subscriber=replace(reader, abstracts=abstracts)))
        for part in (Page(rendered.html).text, rendered.text):
            left, before = part, ""
            while left != before:
                left, before = re.sub("\u2068[^\u2068\u2069]*\u2069", "", left), left
            assert not re.search("[\u0600-\u06ff\u2068\u2069]", left)
            assert "\u2068" in part


# --- whom one follows ---------------------------------------------------------------------------------------------


def following(*names: str) -> Digest:
    topics = tuple(Topic(TopicKind.AUTHOR, name) for name in names)
    return digest_of(picks(1), subscriber=replace(READER, topics=(GRAPHS, *topics)))


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ((), "Mira Okonkwo, Tomas Lindqvist, Wei Zhang and 14 others"),
        (("Mira Okonkwo",), "★ Mira Okonkwo (followed), Tomas Lindqvist, Wei Zhang and 14 others"),
        (("Okonkwo, M.",), "★ Mira Okonkwo (followed), Tomas Lindqvist, Wei Zhang and 14 others"),
        (("Author K",), "Mira Okonkwo, Tomas Lindqvist, Wei Zhang, ★ Author K (followed) and 13 others"),
        (("W. Zhang", "Author B"), "Tomas Lindqvist, ★ Wei Zhang (followed), ★ Author B (followed) and 13 others"),
        (("Ming Zhang", "Lindqvist-Okonkwo"), "Mira Okonkwo, Tomas Lindqvist, Wei Zhang and 14 others"),
    ],
)
def test_who_is_followed_has_a_star_wherever_they_stand(names: tuple[str, ...], line: str) -> None:
    for part in parts(mail(following(*names))):
        assert line in part


def test_the_star_is_kept_from_who_hears_the_mail_and_the_words_are_not() -> None:
    assert (
        '<span aria-hidden="true">★ </span><strong>Mira Okonkwo</strong> (followed)'
        in mail(following("Mira Okonkwo")).html
    )


def test_who_is_muted_has_no_star() -> None:
    muted = Topic(TopicKind.AUTHOR, "Mira Okonkwo", muted=True)
    for part in parts(mail(digest_of(picks(1), subscriber=replace(READER, topics=(muted,))))):
        assert "★" not in part


def test_the_last_of_three_thousand_is_found_and_no_more_than_a_few_are_named() -> None:
    authors = (*(f"Ann {letter}. Collaborator" for letter in "ABCDEFGHIJ" * 300), "Grete Hermann")
    digest = digest_of(picks(1, authors=authors), subscriber=replace(READER, topics=(ADA,)))
    for part in parts(mail(digest)):
        assert "★ Grete Hermann (followed) and 2,997 others" in part


def test_a_star_shows_in_brief_too() -> None:
    reader = replace(READER, abstracts=Abstracts.NONE, topics=(Topic(TopicKind.AUTHOR, "Author K"),))
    for part in parts(mail(digest_of(picks(1), subscriber=reader))):
        assert "cs.LG · ★ Author K (followed) · Your topic" in part


# --- whose mail it is ---------------------------------------------------------------------------------------------


def test_a_logo_has_the_name_as_its_alternative_and_its_width() -> None:
    rendered = mail(digest_of(picks(1)), replace(SITE, logo=LOGO, logo_width=120))
    [image] = Page(rendered.html).attributes_of("img")
    assert (image["src"], image["alt"], image["width"]) == (LOGO, SITE.name, "120")
    assert rendered.text.startswith(f"{SITE.name}\n")
    assert LOGO not in rendered.text
    assert Page(mail(digest_of(picks(1))).html).count("img") == 0


def test_the_operators_own_words_end_each_mail() -> None:
    words = "Served by the <library> & friends."
    for part in parts(mail(digest_of(picks(1)), replace(SITE, footer=words))):
        assert part.rstrip().endswith(f"12345 Sampletown {words}")
    rendered = mail(digest_of(picks(1)), replace(SITE, footer="One line\nand another", postal_address="Street 1\nTown"))
    assert "\nStreet 1\nTown\n\nOne line\nand another\n" in rendered.text
    assert "Street 1<br>Town" in rendered.html
    assert "One line<br>and another" in rendered.html


# --- the line about the day ---------------------------------------------------------------------------------------


def test_how_many_rise_fast_is_counted_by_what_is_shown() -> None:
    for part in parts(mail(digest_of(picks(9)))):
        assert "with 2 more that trend. 2 papers here are rising fast." in part
    for part in parts(mail(digest_of(picks(1)))):
        assert "The best is here. It is rising fast." in part
    for part in parts(mail(digest_of((pick(2), pick(5))))):
        assert "rising fast" not in part
