"""What everybody may read: editions, papers, topics, the search, feeds.

In:    the parts of the application.
Out:   one router, in the order in which addresses are looked up.
Never: anything of a subscriber, but on the pages behind their own links.
"""

from fastapi import APIRouter

from digest.web.archive import archive_pages
from digest.web.context import Web
from digest.web.feeds import feed_pages
from digest.web.paper import paper_pages
from digest.web.robots import robot_pages
from digest.web.search import search_pages
from digest.web.topics import topic_pages
from digest.web.view import view_pages


def library_pages(web: Web) -> APIRouter:
    """A topic's feed before the topic, whose name may hold slashes; dates, which may look like anything, last."""
    router = APIRouter(redirect_slashes=False)
    for make in (robot_pages, view_pages, feed_pages, topic_pages, paper_pages, search_pages, archive_pages):
        router.include_router(make(web))
    return router
