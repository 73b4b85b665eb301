"""The portal's files, compressed once, cached for ever where their name carries a hash, and the page with its policy."""

import gzip
import mimetypes
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from fastapi import Request, Response

from gateway.edge import headers_of
from gateway.pages import portal_missing
from gateway.sign_in import language_of

_NONCE_PLACE = b"__CSP_NONCE__"
_HASHED = "assets"
_COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/manifest+json")
_SMALL = 512
# Components put their styles into the page as they are used: those must carry the page's nonce.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as it is sent."""

    body: bytes
    zipped: bytes | None
    media_type: str
    tag: str


@dataclass
class Portal:
    """Answers every path that belongs to no other door: a file when there is one, else the page of the client's routes."""

    folder: Path
    _files: dict[Path, tuple[float, StoredFile]] = field(default_factory=dict[Path, tuple[float, StoredFile]])

    async def answer(self, request: Request) -> Response:
        """Answers a GET."""
        path = self._inside(request.url.path.removesuffix("index.html"))
        if path is not None and path.is_file():
            return self._file(request, path)
        if path is None or path.suffix or not (index := self.folder / "index.html").is_file():
            missing = path is not None and not path.suffix
            return portal_missing(language_of(headers_of(request.scope))) if missing else Response(status_code=404)
        return self._page(index)

    def _inside(self, path: str) -> Path | None:
        root = self.folder.resolve()
        found = (root / path.lstrip("/")).resolve()
        return found if found == root or root in found.parents else None

    def _page(self, index: Path) -> Response:
        nonce = secrets.token_urlsafe(16)
        headers = {
            "cache-control": "no-cache",
            "content-security-policy": _POLICY.format(nonce=nonce),
        }
        body = self._stored(index).body.replace(_NONCE_PLACE, nonce.encode())
        return Response(body, media_type="text/html; charset=utf-8", headers=headers)

    def _file(self, request: Request, path: Path) -> Response:
        stored = self._stored(path)
        for_ever = path.parent.name == _HASHED
        headers = {
            "cache-control": "public, max-age=31536000, immutable" if for_ever else "no-cache",
            "etag": stored.tag,
            "vary": "accept-encoding",
        }
        if request.headers.get("if-none-match") == stored.tag:
            return Response(status_code=304, headers=headers)
        if stored.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                stored.zipped, media_type=stored.media_type, headers={**headers, "content-encoding": "gzip"}
            )
        return Response(stored.body, media_type=stored.media_type, headers=headers)

    def _stored(self, path: Path) -> StoredFile:
        changed = path.stat().st_mtime
        kept = self._files.get(path)
        if kept is None or kept[0] != changed:
            kept = self._files[path] = (changed, _read(path))
        return kept[1]


def _read(path: Path) -> StoredFile:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type == "text/javascript":
        media_type = "application/javascript"
    worth = media_type.startswith(_COMPRESSED) and len(body) > _SMALL
    zipped = gzip.compress(body, 6, mtime=0) if worth else None
    if media_type.startswith(("text/", "application/javascript", "application/json")):
        media_type += "; charset=utf-8"
    return StoredFile(body, zipped, media_type, f'"{sha256(body).hexdigest()[:20]}"')
