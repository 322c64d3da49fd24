"""A server on loopback with as much of the Hub's protocol as data and encoders need; it misbehaves when told to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote

COMMIT = "a" * 39 + "1"
OLDER = "b" * 39 + "2"
REVISION = re.compile(r"/api/(?:datasets|models)/([\w.-]+/[\w.-]+)(?:/revision/([^/?]+))?(?:\?.*)?")
TREE = re.compile(r"/api/(?:datasets|models)/([\w.-]+/[\w.-]+)/tree/([^/?]+)/?([^?]*)(?:\?(.*))?")
FILE = re.compile(r"/(?:datasets/)?([\w.-]+/[\w.-]+)/resolve/([^/]+)/(.+)")


@dataclass
class Hub:
    """What the server has and how it behaves."""

    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    """(repository, commit, path) → content."""
    refs: dict[tuple[str, str], str] = field(default_factory=dict)
    """(repository, tag or branch) → commit."""
    gated: set[str] = field(default_factory=set)
    cuts: list[int] = field(default_factory=list)
    """Each one lets one GET break off after so many bytes."""
    busy: list[tuple[str, int]] = field(default_factory=list)
    """Each one answers one request of that method with 429 and Retry-After: so many seconds."""
    wrong_sum: bool = False
    """Whether what is sent is not what the ETag announces; the size is right."""
    git_sums: bool = False
    """Whether files are small ones, which git itself stores: the ETag is git's SHA-1."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Every request: method, path, Range."""
    tokens: list[str] = field(default_factory=list)
    url: str = ""

    def put(self, repo: str, path: str, content: bytes, commit: str = COMMIT) -> None:
        """Have a file at a commit, which is also that of main."""
        self.files[repo, commit, path] = content
        self.refs.setdefault((repo, "main"), commit)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        hub = self.hub
        hub.asked.append((self.command, self.path, self.headers.get("Range", "")))
        hub.tokens.append(self.headers.get("Authorization", ""))
        if hub.busy and hub.busy[0][0] == self.command:
            self._say(429, {"Retry-After": str(hub.busy.pop(0)[1])})
        elif asked := REVISION.fullmatch(self.path):
            self._revision(asked[1], asked[2] or "main")
        elif asked := TREE.fullmatch(self.path):
            self._tree(asked[1], unquote(asked[2]), unquote(asked[3]), parse_qs(asked[4] or ""))
        elif asked := FILE.fullmatch(self.path):
            self._file(*asked.groups())
        else:
            self._say(404, {})

    def _revision(self, repo: str, revision: str) -> None:
        commit = self._commit(repo, unquote(revision))
        if commit is not None:
            there = [{"rfilename": path} for name, at, path in self.hub.files if (name, at) == (repo, commit)]
            gated = "manual" if repo in self.hub.gated else False
            told = {"id": repo, "sha": commit, "gated": gated, "siblings": there}
            self._say(200, {"Content-Type": "application/json"}, json.dumps(told).encode())

    def _tree(self, repo: str, revision: str, folder: str, query: dict[str, list[str]]) -> None:
        """What lies in a folder, one entry a page."""
        commit = self._commit(repo, revision)
        if commit is None:
            return
        paths = [path for name, at, path in self.hub.files if (name, at) == (repo, commit)]
        below = query.get("recursive") == ["true"]
        inside = [path for path in paths if below or path.rpartition("/")[0] == folder]
        if not inside:
            self._say(404, {"X-Error-Code": "EntryNotFound"})
            return
        page = int(query.get("cursor", ["0"])[0])
        size = len(self.hub.files[repo, commit, inside[page]])
        entry = {"type": "file", "path": inside[page], "size": size, "oid": "0" * 40}
        headers = {"Content-Type": "application/json"}
        if page + 1 < len(inside):
            place, more = self.path.partition("?")[0], f"cursor={page + 1}&recursive={str(below).lower()}"
            headers["Link"] = f'<{self.hub.url}{place}?{more}>; rel="next"'
        self._say(200, headers, json.dumps([entry]).encode())

    def _file(self, repo: str, revision: str, path: str) -> None:
        hub = self.hub
        commit = self._commit(repo, revision)
        if commit is None:
            return
        if repo in hub.gated:
            self._say(403, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Ask for access.", "X-Repo-Commit": commit})
            return
        content = hub.files.get((repo, commit, path))
        if content is None:
            self._say(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
            return
        headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        if hub.git_sums:
            headers["ETag"] = '"' + hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() + '"'
        else:
            headers["ETag"] = headers["X-Linked-ETag"] = '"' + hashlib.sha256(content).hexdigest() + '"'
            headers["X-Linked-Size"] = str(len(content))
        if hub.wrong_sum:
            content = bytes([content[0] ^ 1]) + content[1:]
        begin = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
        status = 206 if begin else 200
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        self._say(status, headers, content[begin:])

    def _commit(self, repo: str, revision: str) -> str | None:
        hub = self.hub
        known = {commit for name, commit, _ in hub.files if name == repo}
        if not known:
            self._say(404, {"X-Error-Code": "RepoNotFound"})
            return None
        commit = hub.refs.get((repo, revision), revision)
        if commit not in known:
            self._say(404, {"X-Error-Code": "RevisionNotFound"})
            return None
        return commit

    def _say(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if body and self.hub.cuts and status in (200, 206) and "/resolve/" in self.path:
            self.wfile.write(body[: self.hub.cuts.pop(0)])
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
            return
        self.wfile.write(body)


@contextmanager
def served() -> Iterator[Hub]:
    """A hub that answers on loopback as long as the context lasts."""
    hub = Hub()
    handler = type("Bound", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
