"""Reads sign-in pages of older systems: the form with the password field, and what it carries along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Sent along as the page has them: hidden fields (CSRF tokens among them), and what a person would leave as it is.
_SENT_AS_IS = frozenset({"hidden", "submit", "text", "email", ""})
_FORM_FIELDS_AT_MOST = 200


@dataclass
class LoginForm:
    """One form of a page."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])
    names: set[str] = field(default_factory=set[str])
    has_submit: bool = False

    def filled(self, entered: Mapping[str, str]) -> dict[str, str]:
        """Answer what is posted: the page's own fields, with those a person enters on top."""
        return {**self.fields, **entered}


class _Forms(HTMLParser):
    """Collects the forms of a page; pages of older systems are seldom well-formed, so nothing is refused."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[LoginForm] = []
        self._open: LoginForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes the beginning of a form, and its fields."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = LoginForm(attributes.get("action", ""))
            self.found.append(self._open)
        elif tag in ("input", "button") and self._open is not None:
            self._field(self._open, attributes)

    def handle_endtag(self, tag: str) -> None:
        """Takes the end of a form."""
        if tag == "form":
            self._open = None

    def _field(self, form: LoginForm, attributes: Mapping[str, str]) -> None:
        name, kind = attributes.get("name", ""), attributes.get("type", "").lower()
        if not name or len(form.names) >= _FORM_FIELDS_AT_MOST:
            return
        form.names.add(name)
        if kind == "submit":
            # Of several buttons a browser sends the one that is pressed; that is the first.
            if form.has_submit:
                return
            form.has_submit = True
        if kind in _SENT_AS_IS:
            form.fields.setdefault(name, attributes.get("value", ""))


def forms_of(page: str) -> list[LoginForm]:
    """Answer every form of a page."""
    parser = _Forms()
    parser.feed(page)
    parser.close()
    return parser.found


def login_form(page: str, user_field: str, password_field: str) -> LoginForm | None:
    """Answer the form into which a person would enter name and password, or None."""
    forms = forms_of(page)
    wanted = {user_field, password_field}
    exact = [form for form in forms if wanted <= form.names]
    return exact[0] if exact else None
