"""Starts support: settings → wiring → serve."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from crm.support.v1 import (
    access_pb2,
    access_pb2_grpc,
    audit_pb2,
    audit_pb2_grpc,
    organisation_pb2,
    organisation_pb2_grpc,
    parameters_pb2,
    parameters_pb2_grpc,
    support_pb2,
    support_pb2_grpc,
    systems_pb2,
    systems_pb2_grpc,
)

from chassis import service, settings
from chassis.identity import ServiceToken
from chassis.service import Service, Servicer, Wired, Work
from support import audit_archive, audit_parameters, own_parameters
from support.access_parameters import limits_at
from support.accounts.keeper import AccountKeeper
from support.accounts.keycloak import KeycloakAccounts
from support.actions.newest_rules import Frame
from support.audit_verification import AuditVerification
from support.background.audit_keeping import AuditKeeping
from support.background.audit_writer import AuditWriter
from support.background.failed_sign_ins import FailedSignIns
from support.declared_forms import known_forms
from support.messaging import access_events as access_events  # says how approvals are announced
from support.messaging import organisation as organisation  # says how moved units and handed-over work are announced
from support.messaging.documents import Publisher
from support.messaging.publish import encode
from support.messaging.subscribe import subscriptions
from support.messaging.systems import Upkeep
from support.rpc.access_servicer import AccessServicer
from support.rpc.audit_servicer import AuditServicer
from support.rpc.organisation_servicer import OrganisationServicer, Surroundings
from support.rpc.parameters_servicer import ParameterServicer
from support.rpc.probes import Probes
from support.rpc.row_counts import RowCounts
from support.rpc.servicer import SupportServicer
from support.rpc.systems_servicer import SystemServicer
from support.sealing import KEY_FILE, Keys
from support.settings import SupportSettings
from support.storage.schema import plumbing
from support.witnesses import Witnesses

CONTRACTS = (support_pb2, organisation_pb2, access_pb2, parameters_pb2, audit_pb2, systems_pb2)
MIGRATIONS = Path(__file__).parents[2] / "migrations"


@dataclass(frozen=True)
class Shared:
    """What calls and background work share: built once, from what every service has."""

    wired: Wired
    publisher: Publisher
    """Calls let it publish before they answer, the background runs it."""
    keeper: AccountKeeper | None
    """Calls wake it, the background runs it. None where no Keycloak is told of."""


def _shared(wired: Wired) -> Shared:
    settings = wired.settings
    publisher = Publisher(
        wired.database,
        wired.documents,
        wired.clock,
        settings.branch_zone,
        publish_seconds=settings.publish_seconds,
        repair_seconds=settings.repair_seconds,
    )
    return Shared(wired, publisher, _keeper(wired) if settings.keycloak_url else None)


def _keeper(wired: Wired) -> AccountKeeper:
    settings = wired.settings
    accounts = KeycloakAccounts(
        settings.keycloak_url, "crm", settings.accounts_client, settings.secret("accounts_secret"), settings.authority
    )
    return AccountKeeper(wired.database, accounts, settings.sweep_seconds)


def _servicers(shared: Shared) -> list[Servicer]:
    wired = shared.wired
    servicer = SupportServicer(wired.database, wired.clock, wired.settings.branch_zone)
    systems = SystemServicer(wired.database, _credential_keys(wired), wired.settings.portal_host)
    return [
        (support_pb2_grpc.add_SupportServiceServicer_to_server, servicer),
        (systems_pb2_grpc.add_SystemServiceServicer_to_server, systems),
        (organisation_pb2_grpc.add_OrganisationServiceServicer_to_server, _organisation(shared)),
        (access_pb2_grpc.add_AccessServiceServicer_to_server, _access(shared)),
        (audit_pb2_grpc.add_AuditServiceServicer_to_server, _audit(wired)),
        (parameters_pb2_grpc.add_ParameterServiceServicer_to_server, _parameters(shared)),
    ]


def _parameters(shared: Shared) -> ParameterServicer:
    wired = shared.wired
    return ParameterServicer(
        wired.database, wired.documents, wired.clock, wired.settings.branch_zone, shared.publisher.publish_waiting
    )


def _organisation(shared: Shared) -> OrganisationServicer:
    wired = shared.wired
    return OrganisationServicer(
        wired.database,
        Surroundings(
            clock=wired.clock,
            zone=wired.settings.branch_zone,
            forms=wired.forms,
            counts=RowCounts({name: wired.channel(target) for name, target in _owners_of_forms(wired).items()}),
            publish=shared.publisher.publish_waiting,
            keeper=shared.keeper,
            frame=_frame(wired),
        ),
    )


def _frame(wired: Wired) -> Callable[[], Frame]:
    """Answer what surrounds the rules, as it is at the time of asking."""
    zone, limits = wired.settings.branch_zone, partial(limits_at, wired.parameters)
    return lambda: Frame(zone, known_forms(wired.documents), limits)


def _access(shared: Shared) -> AccessServicer:
    wired = shared.wired
    return AccessServicer(
        wired.database,
        wired.documents,
        wired.forms,
        wired.parameters,
        Probes({name: wired.channel(target) for name, target in _owners_of_forms(wired).items()}),
        wired.settings.branch_zone,
        shared.publisher.publish_waiting,
    )


def _owners_of_forms(wired: Wired) -> dict[str, str]:
    settings = wired.settings
    found = {"customer": settings.upstream_customer, "dispatch": settings.upstream_dispatch}
    return {name: target for name, target in found.items() if target}


def _audit(wired: Wired) -> AuditServicer:
    folder = wired.settings.home_dir / audit_archive.FOLDER
    return AuditServicer(
        wired.database,
        wired.clock,
        wired.settings.branch_zone,
        lambda: audit_parameters.thresholds(wired.parameters),
        AuditVerification(wired.database, Witnesses(wired.bus), folder).day,
        _frame(wired),
    )


def _audit_work(wired: Wired) -> list[Work]:
    settings, zone = wired.settings, wired.settings.branch_zone
    folder = settings.home_dir / audit_archive.FOLDER
    keeping = AuditKeeping(
        wired.database, wired.clock, zone, folder, lambda: audit_parameters.keep_months(wired.parameters)
    )
    work: list[Work] = [AuditWriter(wired.database, Witnesses(wired.bus), zone).run, keeping.run]
    if settings.keycloak_url:
        url = f"{settings.keycloak_url.rstrip('/')}/admin/realms/crm"
        token = ServiceToken(
            token_url=settings.token_url,
            client_id=settings.accounts_client,
            secret=settings.secret("accounts_secret"),
            verify=settings.trust,
        )
        work.append(FailedSignIns(wired.database, url, token.get, verify=settings.trust).run)
    return work


def _credential_keys(wired: Wired) -> Keys:
    return Keys.read(wired.settings.secret(KEY_FILE))


def _background(shared: Shared) -> list[Work]:
    wired, keeper = shared.wired, shared.keeper
    upkeep = Upkeep(wired.database, _credential_keys(wired), wired.clock, wired.settings.branch_zone)
    return [
        shared.publisher.run,
        *([keeper.run, keeper.run_sweeps] if keeper else []),
        upkeep.run,
        *_audit_work(wired),
    ]


def describe(told: SupportSettings) -> Service:
    """Answer the service as its settings say."""
    return Service(
        name="support",
        settings=told,
        plumbing=plumbing,
        migrations=MIGRATIONS,
        encode=encode,
        contracts=tuple(contract.DESCRIPTOR for contract in CONTRACTS),
        parameters=own_parameters.DECLARED,
        shared=_shared,
        servicers=_servicers,
        subscriptions=lambda _: subscriptions(),
        background=_background,
    )


def main() -> None:
    """Run the service until it is told to stop."""
    service.main(describe(settings.load(SupportSettings)))


if __name__ == "__main__":
    main()
