"""Which package index pip or uv would ask here, and where on it a file is (PEP 503 and 691)."""

import configparser
import os
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx

DEFAULT = "https://pypi.org/simple"
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


def index_url() -> str:
    """With a "/" at its end. What is no URL of a server, as pip has for local folders, is left out."""
    named = [os.environ.get(variable, "") for variable in VARIABLES]
    found = next((url for url in (*named, *_configured()) if url.strip().startswith(("http://", "https://"))), DEFAULT)
    return found.strip().rstrip("/") + "/"


def file_url(client: httpx.Client, index: str, project: str, name: str, auth: tuple[str, str] | None) -> str | None:
    """Where the file `name` of `project` is; None where the index does not have it. Raises httpx.HTTPError."""
    asked = urljoin(index, f"{project}/")
    answer = client.get(asked, headers={"Accept": ACCEPT}, auth=auth, follow_redirects=True)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    answer.raise_for_status()
    links = _of_json(answer) if "json" in answer.headers.get("content-type", "") else _of_html(answer)
    return next((urljoin(str(answer.url), url) for file, url in links if file == name), None)


def without_secrets(url: str) -> str:
    """As a message may show it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _configured() -> Iterator[str]:
    """What pip's configuration files say, strongest first."""
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path.home()
    places = [
        *([Path(named)] if named else []),
        Path(sys.prefix) / "pip.conf",
        Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf",
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        home / ".pip" / "pip.conf",
        Path("/etc/xdg/pip/pip.conf"),
        Path("/etc/pip.conf"),
    ]
    for place in places:
        parser = configparser.RawConfigParser()
        try:
            parser.read(place, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip's own business, which it tells its users about
        if parser.has_section("global"):
            said = {key.replace("_", "-"): value for key, value in parser.items("global")}
            if "index-url" in said:
                yield said["index-url"]


def _of_json(answer: httpx.Response) -> list[tuple[str, str]]:
    try:
        return [(file["filename"], file["url"]) for file in answer.json()["files"]]
    except (ValueError, KeyError, TypeError):
        return []


def _of_html(answer: httpx.Response) -> list[tuple[str, str]]:
    page = _Links()
    page.feed(answer.text)
    found = []
    for link in page.links:
        url = urldefrag(urljoin(page.base, link)).url
        found.append((unquote(urlsplit(url).path.rpartition("/")[2]), url))
    return found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if target and tag == "a":
            self.links.append(target)
        elif target and tag == "base":
            self.base = target
