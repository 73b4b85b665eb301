"""Credentials are sealed to their person and system, by keys that can be rotated."""

import pytest

from support.sealing import Credential, SealBroken, Sealed
from tests.support.older_site import PASSWORD, key_line, keys

CLEAR = Credential("zhang.san", PASSWORD)


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    sealed = keys().seal(CLEAR, "m001", "complaints")
    assert keys().open(sealed, "m001", "complaints") == CLEAR
    assert sealed.key_id == "k1"
    assert PASSWORD.encode() not in sealed.content
    assert b"zhang" not in sealed.content
    assert sealed.content != keys().seal(CLEAR, "m001", "complaints").content, "each seal has a nonce of its own"


@pytest.mark.parametrize(
    ("person", "system"), [("m002", "complaints"), ("m001", "billing"), ("m00", "1complaints"), ("", "m001complaints")]
)
def test_a_seal_opens_for_its_own_person_and_system_alone(person: str, system: str) -> None:
    sealed = keys().seal(CLEAR, "m001", "complaints")
    with pytest.raises(SealBroken):
        keys().open(sealed, person, system)


@pytest.mark.parametrize("place", [0, 11, 12, -1])
def test_a_changed_byte_breaks_the_seal(place: int) -> None:
    content = bytearray(keys().seal(CLEAR, "m001", "complaints").content)
    content[place] ^= 1
    with pytest.raises(SealBroken):
        keys().open(Sealed("k1", bytes(content)), "m001", "complaints")


def test_an_older_key_opens_and_the_first_one_seals() -> None:
    old = keys(key_line("k1", 1)).seal(CLEAR, "m001", "complaints")
    both = keys(key_line("k2", 2), key_line("k1", 1))
    assert both.open(old, "m001", "complaints") == CLEAR
    assert both.seal(CLEAR, "m001", "complaints").key_id == "k2"
    with pytest.raises(SealBroken):
        keys(key_line("k2", 2)).open(old, "m001", "complaints")
    with pytest.raises(SealBroken):
        keys(key_line("k1", 3)).open(old, "m001", "complaints")


def test_nothing_in_clear_is_ever_printed() -> None:
    said = repr([CLEAR, keys(), keys().seal(CLEAR, "m001", "complaints")])
    assert PASSWORD not in said
    assert "zhang" not in said
    assert key_line("k1")[3:] not in said


@pytest.mark.parametrize(
    "text", ["", "k1", "k1:c2hvcnQ=", "k1:not base64", f"{key_line('k1')}\n{key_line('k1')}", ":AA=="]
)
def test_a_wrong_key_file_ends_the_start(text: str) -> None:
    with pytest.raises(SystemExit, match="credential_key"):
        keys(text) if text else keys("\n")
