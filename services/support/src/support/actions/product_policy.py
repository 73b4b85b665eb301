"""The policy follows the product and the organisation: first start, new releases, units that go up in others."""

from collections.abc import Collection
from dataclasses import replace

from chassis.database import Unit as Work
from support.actions.policies import announce
from support.domain.policy import Policy, PolicyState, Roles, default_roles, followed, naming, with_roles, with_units
from support.domain.policy_difference import compare
from support.storage import approvals, disclosures, policies

_FIRST, _UPDATE, _REORGANISED = "FIRST_START", "PRODUCT_UPDATE", "REORGANISED"


def follow_product(work: Work) -> bool:
    """Bring the policy in force up to what this release of the product delivers; tells whether the rules changed.

    What administrators changed stays as it is; harmless to repeat.
    """
    product = default_roles()
    force = policies.in_force(work)
    if force is None:
        _start(work, product)
        return True
    if force.product == product:
        return False
    roles = followed(force.roles, force.product, product)
    if roles == force.roles:
        policies.change(work, replace(force, product=product), force.version)
        return False
    _next(work, force, roles, product, _UPDATE)
    return True


def rules_naming(work: Work, unit_ids: Collection[str]) -> int:
    """Count the rules and role assignments in force that name one of some units."""
    force = policies.in_force(work)
    return naming(force.roles, unit_ids) if force else 0


def carry_units(work: Work, moved: dict[str, str]) -> int:
    """Let rules, assignments and what chiefs look at go over to the units that others went up in; answers how many rules."""
    approvals.move_units(work, moved)
    disclosures.move_units(work, moved)
    force = policies.in_force(work)
    concerned = naming(force.roles, moved) if force else 0
    if force and concerned:
        _next(work, force, with_units(force.roles, moved), force.product, _REORGANISED)
    return concerned


def _start(work: Work, product: Roles) -> None:
    own = policies.carried(work)
    roles = product
    if own is not None:
        roles = with_roles(product, own.roles)
        policies.remove(work, own.id)
    _add(work, Policy("", PolicyState.PUBLISHED, "", work.now(), edition=1, note=_FIRST, roles=roles, product=product))


def _next(work: Work, force: Policy, roles: Roles, product: Roles, note: str) -> None:
    made = Policy(
        "", PolicyState.PUBLISHED, "", work.now(), edition=force.edition + 1, base=force.edition, note=note,
        roles=roles, product=product,
    )  # fmt: skip
    _add(work, made, force.roles)


def _add(work: Work, made: Policy, before: Roles | None = None) -> None:
    made = replace(made, id=work.new_id(), author=work.actor.id)
    policies.add(work, made)
    announce(work, made.id, compare(before, made.roles) if before is not None else (), cause=made.note)
