"""Browser and system in a few words, from what a browser says of itself. First rule that fits wins."""

import re

# Browsers built on Chromium name Chrome as well, and Chrome names Safari: the particular before the general.
_BROWSERS = (
    ("WeChat", r"MicroMessenger/(\d+)"),
    ("QQ Browser", r"M?QQBrowser/(\d+)"),
    ("360", r"(?:QihooBrowser|360SE|360EE)(?:/(\d+))?"),
    ("UC", r"UC?Browser/(\d+)"),
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Huawei Browser", r"HuaweiBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari/"),
    ("Internet Explorer", r"(?:MSIE |Trident/.*rv:)(\d+)"),
)
_SYSTEMS = (
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"),
    ("Android", r"Android(?: (\d+))?"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows 10", r"Windows NT 10\.0"),
    ("Windows 8", r"Windows NT 6\.[23]"),
    ("Windows 7", r"Windows NT 6\.1"),
    ("Windows XP", r"Windows NT 5\.[12]"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X"),
    ("UOS", r"UOS|Deepin"),
    ("Linux", r"Linux|X11"),
)


def device_of(user_agent: str) -> str:
    """Answer such as `Firefox 140 · Windows 10`; empty for a program that names neither."""
    return " · ".join(part for part in (_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)) if part)


def _first(rules: tuple[tuple[str, str], ...], user_agent: str) -> str:
    for name, pattern in rules:
        found = re.search(pattern, user_agent)
        if found:
            version = found.group(1) if found.re.groups else None
            return f"{name} {version}" if version else name
    return ""
