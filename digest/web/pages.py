"""Pages from templates, all with the same site, style sheet and script.

In:    the name of a template below `web/`, the language to speak, values that are already worded.
Out:   answers: personal ones, which nobody keeps or indexes, and public ones, which caches may keep for a while.
Never: an address, a query, a decision.
"""

from fastapi.responses import HTMLResponse

from digest.language import Language, language, languages
from digest.model import Site
from digest.templating import Templates
from digest.web.assets import Assets


class Pages:
    """Fills in the templates of one site."""

    def __init__(self, templates: Templates, site: Site, assets: Assets) -> None:
        self._templates, self._site, self._assets = templates, site, assets

    def text(self, name: str, speaking: Language, **values: object) -> str:
        """`web/<name>` filled in."""
        return self._templates.render(
            f"web/{name}",
            speaking,
            site=self._site,
            assets=self._assets,
            languages=[language(code) for code in languages()],
            contact=self._site.reply_to or self._site.sender_address,
            **values,
        )

    def page(self, name: str, speaking: Language, status: int = 200, **values: object) -> HTMLResponse:
        """`web/<name>.html` as an answer to one person."""
        return HTMLResponse(self.text(f"{name}.html", speaking, public=False, **values), status)

    def public(self, name: str, speaking: Language, seconds: int, **values: object) -> HTMLResponse:
        """`web/<name>.html` for everybody; caches may keep it for so long."""
        headers = {
            "Cache-Control": f"public, max-age={seconds}",
            "Vary": "Accept-Language",
            "X-Robots-Tag": "all",
        }
        return HTMLResponse(self.text(f"{name}.html", speaking, public=True, **values), headers=headers)
