"""Finds who is answerable, from a number, an account, a customer number, an address or a community."""

from collections.abc import Sequence

from chassis.database import Unit
from customer.domain.errors import FieldRefused
from customer.domain.organisation import Community, Organisation
from customer.domain.owner import Candidate, OwnerMatch, OwnerQuery, Reason, decided, first_of
from customer.domain.words import normalised
from customer.storage.owners import by_account_number, by_address, by_customer_number, by_subscriber_number

MOST = 500


def find_owners(unit: Unit, queries: Sequence[OwnerQuery], branch: Organisation) -> list[OwnerMatch]:
    """Answers one match for each query, in the same order; four questions to the database however many there are."""
    if len(queries) > MOST:
        raise FieldRefused("queries", "TOO_MANY", maximum=str(MOST))
    subscribers = by_subscriber_number(unit, (query.subscriber_number for query in queries))
    accounts = by_account_number(unit, (query.account_number for query in queries))
    customers = by_customer_number(unit, (query.customer_number for query in queries))
    addresses = by_address(unit, (query.address for query in queries))

    def match(query: OwnerQuery) -> OwnerMatch:
        key = normalised(query.address)
        return first_of(
            [
                decided(
                    Reason.BY_SUBSCRIBER_NUMBER, query.subscriber_number, subscribers.get(query.subscriber_number, [])
                ),
                decided(Reason.BY_ACCOUNT_NUMBER, query.account_number, accounts.get(query.account_number, [])),
                decided(Reason.BY_CUSTOMER_NUMBER, query.customer_number, customers.get(query.customer_number, [])),
                decided(Reason.BY_ADDRESS, query.address, addresses.get(key, [])),
                _in_community(branch, branch.lying_in(query.address) if query.address else None),
                _in_community(branch, branch.named(query.community) if query.community else None),
            ]
        )

    return [match(query) for query in queries]


def _in_community(branch: Organisation, community: Community | None) -> OwnerMatch:
    if community is None:
        return OwnerMatch(Reason.NOT_FOUND)
    managers = sorted(branch.manager_of(community)) or [""]
    candidates = [Candidate(number, bureau_id=community.bureau_id, community_id=community.id) for number in managers]
    return decided(Reason.BY_COMMUNITY, community.name, candidates)
