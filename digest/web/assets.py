"""The style sheet, the script and the icon, named by what is in them: a browser keeps them for ever.

In:    templates, the operator's accent.
Out:   files under addresses that change with their content.
Never: a file from elsewhere.
"""

import hashlib
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from digest.mail.palette import palette
from digest.model import Site
from digest.templating import Templates

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_NOW = {"Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Asset:
    path: str
    content: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    style: Asset
    script: Asset
    icon: Asset


def make_assets(templates: Templates, site: Site) -> Assets:
    style = templates.render("web/style.css", palette=palette(site.accent))
    script = templates.render("web/script.js")
    icon = templates.render("web/icon.svg", colour=palette(site.accent).light.accent, letter=site.name[:1].upper())
    return Assets(
        _asset("style", "css", style, "text/css"),
        _asset("script", "js", script, "text/javascript"),
        _asset("icon", "svg", icon, "image/svg+xml"),
    )


def _asset(name: str, ending: str, content: str, media_type: str) -> Asset:
    return Asset(f"/{name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}.{ending}", content, media_type)


def asset_files(assets: Assets) -> APIRouter:
    """By any name they had: a page that a cache has kept since before an upgrade names the old one."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/style-{_version}.css", methods=["GET", "HEAD"], include_in_schema=False)
    async def style(request: Request) -> Response:
        return _served(assets.style, request)

    @router.api_route("/script-{_version}.js", methods=["GET", "HEAD"], include_in_schema=False)
    async def script(request: Request) -> Response:
        return _served(assets.script, request)

    @router.api_route("/icon-{_version}.svg", methods=["GET", "HEAD"], include_in_schema=False)
    async def icon(request: Request) -> Response:
        return _served(assets.icon, request)

    return router


def _served(asset: Asset, request: Request) -> Response:
    headers = FOR_EVER if request.url.path == asset.path else FOR_NOW
    return Response(asset.content, headers=headers, media_type=asset.media_type)
