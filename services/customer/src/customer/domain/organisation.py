"""The branch as far as the archive needs it: bureaus, communities, and who works where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from customer.domain.words import normalised


@dataclass(frozen=True)
class Community:
    """A community (社区) and the bureau it lies in."""

    id: str
    code: str
    name: str
    bureau_id: str
    bureau_code: str = ""
    bureau_name: str = ""


@dataclass(frozen=True)
class Organisation:
    """Every community, every member of staff, and which customer managers work in which community."""

    communities: tuple[Community, ...] = ()
    staff: frozenset[str] = frozenset()
    managers: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    _by_id: dict[str, Community] = field(default_factory=dict[str, Community])
    _by_word: dict[str, Community | None] = field(default_factory=dict[str, Community | None])

    def __post_init__(self) -> None:
        for community in self.communities:
            self._by_id[community.id] = community
            self._by_word[normalised(community.code)] = community
            self._by_word[community.code] = community
        for community in self.communities:
            word = normalised(community.name)
            # Two communities of one name: the name alone says nothing.
            known = self._by_word.get(word, community)
            self._by_word[word] = community if known is community else None

    def community(self, community_id: str) -> Community | None:
        """Answers a community by its id."""
        return self._by_id.get(community_id)

    def named(self, word: str) -> Community | None:
        """Answers a community by its code or by its name when only one has it."""
        # Codes come as they are written here in nearly every row of a file.
        return self._by_word.get(word) or self._by_word.get(normalised(word))

    def lying_in(self, address: str) -> Community | None:
        """Answers the community with the longest name that the address contains."""
        text = normalised(address)
        best = max((word for word in self._by_word if word in text), key=len, default=None)
        return self._by_word[best] if best else None

    def manager_of(self, community: Community) -> frozenset[str]:
        """Answers the customer managers who work in a community."""
        return self.managers.get(community.id, frozenset())

    def knows_staff(self, numbers: Iterable[str | None]) -> bool:
        """Tells whether the branch knows each of these staff numbers."""
        return all(number in self.staff for number in numbers if number)
