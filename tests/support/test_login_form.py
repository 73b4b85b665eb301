"""Sign-in pages as older systems write them."""

import pytest

from support.login_form import login_form

PLAIN = """<form action="/search"><input name="q"></form>
<FORM METHOD=post ACTION=/login>
<input type=hidden name=csrf value="a&amp;b"><input name="user" value=""><input type=PASSWORD name=pw value=old>
<input type=checkbox name=remember value=1><input type=submit name=go value="登录"><input type=submit name=cancel value="取消">
</form>"""


def test_the_form_with_the_fields_is_found_and_carries_what_a_browser_would_send() -> None:
    form = login_form(PLAIN, "user", "pw")
    assert form is not None
    assert form.action == "/login"
    assert form.filled({"user": "u", "pw": "p"}) == {"csrf": "a&b", "user": "u", "pw": "p", "go": "登录"}


@pytest.mark.parametrize(
    "page", ["", "<p>maintenance</p>", "<form><input name=user></form>", '<input name="pw" type="password">']
)
def test_no_form_with_both_fields(page: str) -> None:
    assert login_form(page, "user", "pw") is None


def test_a_page_of_nothing_but_fields_does_not_grow_without_end() -> None:
    page = "<form>" + "".join(f"<input name=f{n} type=hidden>" for n in range(5000)) + "</form>"
    assert login_form(page, "f0", "f1") is not None
    assert len(login_form(page, "f0", "f1").fields) == 200  # type: ignore[union-attr]  # found in the line above
