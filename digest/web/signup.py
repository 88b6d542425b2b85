"""The front page: an address, what one reads about, when the mail should come; and what it would have been today.

In:    the form of `web/signup.html`.
Out:   a request in the store, and one page, whoever has that address; previews.
Never: a look at whose address it is, a subscriber, a letter: the scheduler answers.
"""

from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest import model
from digest.language import Language, language
from digest.model import Digest, LetterKind, Pick, Subscriber
from digest.web.cards import as_picks, cards
from digest.web.choices import choices
from digest.web.context import Web
from digest.web.door import Door, keyed_network, read_address
from digest.web.forms import Fields
from digest.web.forms import Form as Sent
from digest.web.front import Front
from digest.web.link import link_pages
from digest.web.wishes_form import Form, read, shown, typed

CONSENT = "2026-11-22"  # the version of the sentence above the button; another one when its words change
SHOWN, BRIEF = 3, 220  # papers of a preview, and characters of their abstracts
NOBODY = "nobody@example.org"  # whose digest a preview is, until there is an address


def signup_pages(web: Web) -> APIRouter:
    """`/`, `/preview` and `/link`: one door for all of them."""
    router, desk = APIRouter(redirect_slashes=False), _Desk(web)
    front = Front(web.clock, desk.empty)

    async def look(request: Request) -> Response:
        return await front.answer(web.speaking(request), request.headers.get("accept-encoding", ""))

    router.add_route("/", look, methods=["GET", "HEAD"])  # not through FastAPI's machinery: it costs half as much

    @router.post("/")
    def ask(request: Request, fields: Sent) -> HTMLResponse:
        speaking = web.speaking(request)
        return desk.door.shut(request, speaking) or desk.ask(request, fields, speaking)

    @router.api_route("/preview", methods=["GET", "HEAD"])
    def look_again(request: Request) -> RedirectResponse:
        return RedirectResponse(f"/?lang={web.speaking(request).code}", 303)  # who reloads it by its address

    @router.post("/preview")
    def preview(request: Request, fields: Sent) -> HTMLResponse:
        speaking = web.speaking(request)
        return desk.door.shut(request, speaking) or desk.preview(fields, speaking)

    router.include_router(link_pages(web, desk.door))
    return router


class _Desk:
    """Takes the form, in whatever language."""

    def __init__(self, web: Web) -> None:
        self._web, self.door = web, Door(web)
        self._leading: tuple[date | None, list[Pick]] = (None, [])

    def empty(self, speaking: Language) -> HTMLResponse:
        """The page as everybody gets it."""
        if not self._web.options.signup:
            return self._web.pages.public("signup_closed", speaking, Front.KEEP)
        values = self._values(self._blank(speaking), {}, speaking, None)
        return self._web.pages.public("signup", speaking, Front.KEEP, **values)

    def ask(self, request: Request, fields: Fields, speaking: Language) -> HTMLResponse:
        """The same work for every address that could be one."""
        web = self._web
        if not web.options.signup:
            return web.pages.page("signup_closed", speaking, 403)
        wishes, problems = read(fields, speaking)
        address, problem = read_address(fields, speaking)
        if problem:
            problems["address"] = problem
        if problems:
            return self._again(fields, speaking, problems, 422)
        if not self.door.is_trap(fields):
            if reason := self.door.objection(fields, speaking):
                return self._again(fields, speaking, {}, 422, reason=reason)
            if full := self.door.full(request, speaking):
                return full
            asked = wishes.applied_to(web.usual.subscriber(address))
            web.store.requests.put(
                model.Request(
                    kind=LetterKind.CONFIRM,
                    address=address,
                    asked_at=web.now,
                    wishes=asked,
                    text=f"{CONSENT} {speaking.code}",
                    network=keyed_network(web, request),
                )
            )
            web.knock()
        return web.pages.page("asked", speaking, address=address)

    def preview(self, fields: Fields, speaking: Language) -> HTMLResponse:
        """What the wishes would bring today: alone where the script asks for it, else in the page."""
        web = self._web
        wishes, problems = read(fields, speaking)
        wanted = wishes.applied_to(web.usual.subscriber(NOBODY))
        found = self._preview(wanted, speaking)
        if "part" in fields:
            return HTMLResponse(web.pages.text("preview.html", speaking, public=False, preview=found))
        return self._again(fields, speaking, problems, 422 if problems else 200, preview=found)

    def _preview(self, wanted: Subscriber, speaking: Language) -> dict[str, object]:
        cut = self._web.showcase.cut(wanted)
        picks = cut.picks if isinstance(cut, Digest) else ()
        return {
            "cards": cards(picks[:SHOWN], speaking, abstract=BRIEF),
            "more": len(picks[SHOWN:]),
            "day": self._web.showcase.newest(),
            "chosen": bool(wanted.topics),
        }

    def _newest(self, speaking: Language) -> dict[str, object]:
        """What leads the newest edition, the same for everybody."""
        day = self._web.showcase.newest()
        if day != self._leading[0]:
            leading = self._web.store.editions.entries(day, 0, SHOWN) if day else ()
            self._leading = day, as_picks(leading)
        return {"cards": cards(self._leading[1], speaking, abstract=BRIEF), "more": 0, "day": day, "chosen": False}

    def _again(
        self, fields: Fields, speaking: Language, problems: dict[str, str], status: int, **values: object
    ) -> HTMLResponse:
        """The form as it was typed, with what is wrong."""
        form = typed(fields, self._blank(speaking))
        values = self._values(form, problems, speaking, fields) | values
        return self._web.pages.page("signup", speaking, status, **values)

    def _blank(self, speaking: Language) -> Form:
        """In the visitor's language, where the site's own is another one."""
        web = self._web
        other = speaking.code != language(web.site.locale).code
        subscriber = web.usual.subscriber(NOBODY)
        return shown(replace(subscriber, language=speaking.code if other else ""))

    def _values(
        self, form: Form, problems: dict[str, str], speaking: Language, fields: Fields | None
    ) -> dict[str, object]:
        return {
            "form": form,
            "problems": problems,
            "choices": choices(speaking),
            "address": fields.one("address") if fields else "",
            "stamp": self.door.stamp(fields),
            "bits": self._web.options.proof_of_work,
            "reason": "",
            "preview": self._newest(speaking),
            "fresh": fields is None,
        }
