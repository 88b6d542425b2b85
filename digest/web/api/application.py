"""The API as one application, behind its gate.

In:    the parts of the application, the operator's token.
Out:   an ASGI application to be mounted at ROOT.
Never: pages; anything without a token.
"""

from fastapi import Depends, FastAPI, Security
from fastapi.security import HTTPBearer
from starlette.types import ASGIApp

from digest.web.api.deliveries import deliveries
from digest.web.api.editions import editions
from digest.web.api.fields import no_others
from digest.web.api.gate import Gate
from digest.web.api.problems import ROOT, explain, told
from digest.web.api.stats import stats
from digest.web.api.subscribers import subscribers
from digest.web.api.suppressions import suppressions
from digest.web.api.topics import topics
from digest.web.context import Web

PARTS = (subscribers, topics, editions, deliveries, suppressions, stats)
ABOUT = "What the commands do, for programs. The keys are those of `--json`; a problem is `error` and `mend`."

# The gate asks for it; here it is for the document.
BEARER = HTTPBearer(auto_error=False, description="`web.api_token` of the configuration")


def make_api(web: Web) -> ASGIApp:
    api = FastAPI(
        title=web.site.name,
        summary="Papers by mail: subscribers, editions and the ledger.",
        description=ABOUT,
        version="1",
        servers=[{"url": f"{web.site.base_url}{ROOT}"}],
        root_path_in_servers=False,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=told(400, 401, 422, 429, 503),
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(no_others), Security(BEARER)],
    )
    for part in PARTS:
        api.include_router(part(web))
    explain(api)
    return Gate(api, web.options.api_token, web.clock)
