"""A site whose operator has opened the API."""

from datetime import datetime

import pytest
from fastapi import FastAPI

from digest.clock import FixedClock
from digest.store.engine import Store
from digest.web.context import Options
from digest.web.server import create_app
from tests.web.api.caller import TOKEN, Caller
from tests.web.browser import SITE, TEMPLATES, TOKENS, Browser


@pytest.fixture
def app(store: Store, now: datetime) -> FastAPI:
    parts = store, TOKENS, TEMPLATES, SITE, FixedClock(now)
    return create_app(*parts, options=Options(api_token=TOKEN), sources=("arxiv",))


@pytest.fixture
def call(app: FastAPI) -> Caller:
    return Caller(Browser(app))
