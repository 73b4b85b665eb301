"""Complaint handling (投诉处理): knows only a name and a password, as systems of its age do.

Its form carries a CSRF token bound to a cookie that the page sets; signing in begins a session of its own.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from counterparts.older.page import greeting, page, shown
from counterparts.older.sessions import Sessions

TITLE, ENGLISH, COLOUR = "投诉处理", "complaint handling", "#6b3f1d"
_FORM = """<h1>登录</h1>{wrong}
<form method="post" action="/login" id="login">
 <input type="hidden" name="csrf" value="{csrf}"><input type="hidden" name="lang" value="zh_CN">
 <label>用户名 <input name="j_user" autocomplete="username"></label>
 <label>密码 <input name="j_pass" type="password" autocomplete="current-password"></label>
 <button name="go" value="登录">登录 sign in</button>
</form>"""


@dataclass
class Complaints:
    """The system with its accounts; the password of everybody is the same until the administrator's switch changes one."""

    accounts: dict[str, str]
    now: Callable[[], float]
    log: list[str] = field(default_factory=list[str])
    fault: int = 0

    def __post_init__(self) -> None:
        self.pages: Sessions[str] = Sessions("complaints_page", self.now)
        self.people: Sessions[str] = Sessions("complaints_session", self.now)

    def app(self) -> Starlette:
        """Put the routes together."""
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/login", self.form, methods=["GET"]),
                Route("/login", self.sign_in, methods=["POST"]),
                Route("/logout", self.sign_out, methods=["POST"]),
                Route("/admin/passwords", self.set_password, methods=["POST"]),
                Route("/admin/fault", self.set_fault, methods=["POST"]),
            ]
        )

    async def home(self, request: Request) -> Response:
        """Show who is signed in, or send them to the form."""
        if self.fault:
            return Response("out of order", status_code=self.fault)
        name = self.people.of(request)
        if name is None:
            return RedirectResponse("/login", status_code=302)
        return page(TITLE, ENGLISH, COLOUR, greeting(name, name, "name and password"))

    async def form(self, _: Request) -> Response:
        """Show the form with a token of its own."""
        if self.fault:
            return Response("out of order", status_code=self.fault)
        return self._form("")

    def _form(self, wrong: str, status: int = 200) -> Response:
        csrf = secrets.token_urlsafe(16)
        complaint = f'<p class="wrong" role="alert">{shown(wrong)}</p>' if wrong else ""
        answer = page(TITLE, ENGLISH, COLOUR, _FORM.format(csrf=csrf, wrong=complaint), status)
        self.pages.begin(answer, csrf)
        return answer

    async def sign_in(self, request: Request) -> Response:
        """Take the form; a token that is not this page's is refused before the password is looked at."""
        if self.fault:
            return Response("out of order", status_code=self.fault)
        sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        expected = self.pages.take(request)
        if expected is None or not hmac.compare_digest(expected.encode(), sent.get("csrf", "").encode()):
            self.log.append("csrf")
            return self._form("页面已过期 the page has expired", status=400)
        user, password = sent.get("j_user", ""), sent.get("j_pass", "")
        wanted = self.accounts.get(user)
        if wanted is None or not hmac.compare_digest(wanted.encode(), password.encode()):
            self.log.append(f"refused {user}")
            return self._form("用户名或密码错误 wrong name or password")
        self.log.append(f"signed in {user}")
        answer = RedirectResponse("/", status_code=302)
        self.people.begin(answer, user)
        answer.delete_cookie(self.pages.cookie)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        answer = RedirectResponse("/login", status_code=303)
        self.people.end(request, answer)
        return answer

    async def set_password(self, request: Request) -> Response:
        """The administrator's switch: set the password of an account (form fields `user`, `password`)."""
        sent = parse_qs((await request.body()).decode())
        user = sent.get("user", [""])[0]
        if user not in self.accounts:
            return JSONResponse({"error": "unknown user"}, status_code=404)
        self.accounts[user] = sent.get("password", [""])[0]
        return JSONResponse({"changed": user})

    async def set_fault(self, request: Request) -> Response:
        """Answer everything with this HTTP status from now on (form field `status`); 0 is health."""
        self.fault = int(parse_qs((await request.body()).decode()).get("status", ["0"])[0])
        return JSONResponse({"fault": self.fault})
