"""How the small older systems look: one frame, their own colours, no script."""

from html import escape
from typing import Final

from starlette.responses import HTMLResponse

_FRAME: Final = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · 演示对端</title>
<style>
 body{{font:15px/1.6 system-ui,sans-serif;margin:0;color:#1f2328;background:#f4f5f7}}
 header{{background:{colour};color:#fff;padding:12px 20px}} header small{{opacity:.8}}
 main{{padding:16px 20px;max-width:640px}} label{{display:block;margin:8px 0}} input{{padding:4px 8px}}
 .wrong{{color:#b3261e}} button{{padding:4px 14px}}
</style>
<header><strong>{title}</strong> <small>{english} · 模拟的老系统</small></header>
<main>{body}</main></html>
"""
# An older system of its time, but no page of it may be framed or run foreign script.
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


def page(title: str, english: str, colour: str, body: str, status: int = 200) -> HTMLResponse:
    """Answer a page; `body` is HTML whose values were escaped by `shown`."""
    html = _FRAME.format(title=escape(title), english=escape(english), colour=colour, body=body)
    return HTMLResponse(html, status_code=status, headers=dict(_HEADERS))


def shown(text: str) -> str:
    """Answer a value as it may stand in a page."""
    return escape(text, quote=True)


def greeting(name: str, number: str, way: str) -> str:
    """Answer the part of a page that says who is signed in."""
    return (
        f'<h1>已登录 <span id="who">{shown(name)}</span></h1>'
        f'<p>工号 <b id="number">{shown(number)}</b> · signed in by {shown(way)}</p>'
        '<form method="post" action="/logout"><button>退出 sign out</button></form>'
    )
