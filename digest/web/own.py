"""All of one's own pages, below `/p/{token}`.

In:    what every page is made with.
Out:   one router; the pages that ask for the address count its guesses together.
Never: a page of its own.
"""

from fastapi import APIRouter

from digest.web.address import address_pages
from digest.web.context import Web
from digest.web.erasing import erasing_pages
from digest.web.export import export_pages
from digest.web.history import history_pages
from digest.web.pausing import pausing_pages
from digest.web.preferences import preferences_pages
from digest.web.profile import profile_pages
from digest.web.proof import Proof


def own_pages(web: Web) -> APIRouter:
    router, proof = APIRouter(redirect_slashes=False), Proof(web)
    for pages in (preferences_pages(web), pausing_pages(web), history_pages(web), profile_pages(web)):
        router.include_router(pages)
    for pages in (address_pages(web, proof), export_pages(web, proof), erasing_pages(web, proof)):
        router.include_router(pages)
    return router
