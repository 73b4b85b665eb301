"""The few pages the gateway itself shows: plain HTML without script or style, in the reader's language."""

from html import escape

from starlette.responses import HTMLResponse, Response

_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="{link}">{action}</a></p><p><small>{reason}</small></p></main></body>
</html>
"""

_SIGN_IN_FAILED = {
    "zh-CN": ("登录未完成", "登录请求已过期、已被使用或被拒绝。请重新登录。", "重新登录"),
    "en": (
        "Sign-in not finished",
        "The sign-in has expired, was used before or was refused. Please sign in again.",
        "Sign in again",
    ),
}
_PORTAL_MISSING = {
    "zh-CN": ("页面尚未构建", "门户文件不在服务器上。请运行 make run,或在 gateway/portal 中构建。", "重试"),
    "en": (
        "The portal is not built",
        "Its files are not on the server. Run make run, or build gateway/portal.",
        "Try again",
    ),
}


def sign_in_failed(reason: str, status: int, language: str) -> Response:
    """The page a person sees whose sign-in cannot be finished."""
    return _page(_SIGN_IN_FAILED, language, "/login", reason, status)


def portal_missing(language: str) -> Response:
    """The page shown while the portal's files are not there."""
    return _page(_PORTAL_MISSING, language, "/", "PORTAL_MISSING", 503)


def _page(texts: dict[str, tuple[str, str, str]], language: str, link: str, reason: str, status: int) -> Response:
    title, text, action = texts.get(language) or texts["zh-CN"]
    html = _PAGE.format(language=language, title=title, text=text, link=link, action=action, reason=escape(reason))
    return HTMLResponse(html, status_code=status, headers={"cache-control": "no-store"})
