"""Where an address is: the narrowest subnet that holds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from support.domain.errors import FieldRefused

MOST = 2000


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet in its usual spelling and where it is."""

    cidr: str
    place: str


def parse_subnets(given: Sequence[tuple[str, str]]) -> list[Subnet]:
    """Read subnets as a person typed them; refuses what is none, is named twice or has no place."""
    if len(given) > MOST:
        raise FieldRefused("subnets", "TOO_MANY_ROWS", maximum=str(MOST))
    found: dict[str, Subnet] = {}
    for number, (cidr, place) in enumerate(given):
        try:
            network = ip_network(cidr.strip())
        except ValueError:
            raise FieldRefused(f"subnets[{number}].cidr", "SUBNET_INVALID", value=cidr[:64]) from None
        if not place.strip() or len(place.strip()) > 100:
            raise FieldRefused(f"subnets[{number}].place", "FIELD_INVALID", maximum="100")
        if str(network) in found:
            raise FieldRefused(f"subnets[{number}].cidr", "SUBNET_TWICE", value=str(network))
        found[str(network)] = Subnet(str(network), place.strip())
    return narrowest_first(found.values())


def narrowest_first(subnets: Iterable[Subnet]) -> list[Subnet]:
    """Answer subnets, the narrowest first."""

    def order(subnet: Subnet) -> tuple[int, int, int]:
        network = ip_network(subnet.cidr)
        return (-network.prefixlen, network.version, int(network.network_address))

    return sorted(subnets, key=order)


class Places:
    """The subnets, ready to be asked."""

    def __init__(self, subnets: Iterable[Subnet]) -> None:
        self._networks: list[tuple[IPv4Network | IPv6Network, str]] = [
            (ip_network(subnet.cidr), subnet.place) for subnet in narrowest_first(subnets)
        ]

    def of(self, ip: str) -> str:
        """Answer the place of an address; empty when no subnet holds it or it is none."""
        try:
            address = ip_address(ip)
        except ValueError:
            return ""
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        return next((place for network, place in self._networks if address in network), "")
