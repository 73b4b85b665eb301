"""The certificates this process trusts, loaded once: reading the store costs 50 ms, and httpx does it for every client."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Answers the one context that every client of this process verifies servers with."""
    return httpx.create_ssl_context()
