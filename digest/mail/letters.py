"""Renders a letter: the fixed text that answers what somebody asked for on the web.

In:    a letter, the site, the link it is about.
Out:   subject, text and HTML in the reader's language; no HTML for one who wants none.
Never: a word that came with the request: whoever made it may be a stranger to the reader.
"""

from digest.language import language
from digest.mail.lines import wrapped
from digest.mail.palette import palette
from digest.mail.render import Rendered
from digest.mail.styling import stylist
from digest.model import Letter, Site
from digest.templating import Templates


class LetterRenderer:
    """Renders the letters of one site."""

    def __init__(self, site: Site, templates: Templates) -> None:
        self._site = site
        self._palette = palette(site.accent)
        self._templates = templates.changed(
            stylist(templates.render("email/letter/inline.css", light=self._palette.light))
        )

    def render(self, letter: Letter, url: str) -> Rendered:
        """`url` is what the letter is about; its link, and in full for those who would rather copy it."""
        speaking = language(letter.subscriber.language or self._site.locale)
        values = {"site": self._site, "url": url, "wrapped": wrapped}

        def filled(part: str, **more: object) -> str:
            return self._templates.render(f"email/{letter.kind}/{part}", speaking, **values, **more)

        subject = filled("subject.txt").strip()
        html = "" if letter.subscriber.text_only else filled("body.html", subject=subject, dark=self._palette.dark)
        return Rendered(subject, filled("body.txt"), html)
