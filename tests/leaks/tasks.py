"""Tasks full of distinctive values, and the door of dispatch: the real service, gate and tokens, no gateway."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from crm.access.v1 import probe_pb2_grpc
from crm.dispatch.v1 import dispatch_pb2 as pb
from crm.dispatch.v1 import dispatch_pb2_grpc
from grpc import aio
from sqlalchemy import insert

from chassis.access import AccessBook
from chassis.clock import FixedClock
from chassis.database import Database, Unit
from chassis.exports import Exports
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from chassis.probe import ProbeServicer
from dispatch.actions.generate_tasks import Branch
from dispatch.domain.calendar import Calendar
from dispatch.domain.write_back import WriteBack
from dispatch.messaging.publish import encode
from dispatch.rpc.intake import Intake
from dispatch.rpc.owners import OwnerLookup
from dispatch.rpc.servicer import DispatchServicer
from dispatch.rpc.shown import FORMS
from dispatch.rpc.taking_out import probed, sources
from dispatch.storage import tables
from dispatch.storage.counts import count_rows
from tests import far_support
from tests.chassis.issuer import ISSUER, Issuer
from tests.dispatch.small_branch import ALL_GROUPS, DISPATCH, MORNING, ZONE, Papers, World
from tests.far_support import FarSupport
from tests.leaks.calling import Called
from tests.leaks.policies import branch_papers, god, published
from tests.leaks.reading import B1, B2, C1, C2, C3, TODAY, Place, Policy

TASK, ASSIGNMENT, WRITE_BACK = "dispatch.task", "dispatch.assignment", "dispatch.write_back"
RULE, ORDER = "dispatch.generation_rule", "dispatch.work_order"
ALL_FORMS = (TASK, ASSIGNMENT, WRITE_BACK, RULE, ORDER)
COLUMNS = tuple(FORMS.by_name[TASK].columns)
CUSTOMERS = (  # owner manager, seat manager, community, bureau
    ("m001", "z01", C1, B1),
    ("m002", None, C3, B2),
    ("z01", "m002", C2, B1),
    ("c01", None, C3, B2),
)
ROWS = (  # owner, seat, community, bureau, place of the customer above
    ("m001", "z01", C1, B1, 0),
    ("m002", None, C3, B2, 1),
    ("m002", None, C2, B1, 2),
    ("z01", None, None, B2, 3),
    (None, None, None, None, None),
    ("d01", "m001", C1, B1, 3),
    (None, None, C3, B2, 0),
    ("b01", None, None, B1, None),
    ("m001", None, C2, B1, 1),
)
WORDS = ("甲子", "乙丑", "丙寅", "丁卯", "戊辰", "己巳", "庚午", "辛未", "壬申")
CANARIES = re.compile(r"云州市任务路\d号|云州市从前路\d号")


@dataclass
class Tasks:
    """Dispatch, how it is called, and what one who sees everything is shown."""

    world: World
    issuer: Issuer
    channel: aio.Channel
    exports: Exports
    support: FarSupport
    folder: Path
    truth: dict[str, pb.GetTaskResponse] = field(default_factory=dict[str, pb.GetTaskResponse])
    orders: dict[str, str] = field(default_factory=dict[str, str])
    """Who sent each work order."""
    rows: dict[str, tuple[str | None, str | None, str | None, str | None, int | None]] = field(
        default_factory=dict[Any, Any]
    )

    def by(self, number: str, *roles: str) -> Called:
        """The calls of one person, at the service's own port."""
        token = self.issuer.token(aud=["dispatch"], preferred_username=number, realm_access={"roles": list(roles)})
        return self.called(token)

    def called(self, token: str) -> Called:
        """The calls with a token."""
        return Called(dispatch_pb2_grpc.DispatchServiceStub(self.channel), token)

    def put_in_force(self, policy: Policy) -> None:
        """Publishes other rules; one person goes on seeing everything."""
        self.world.papers.held["access.grants"] = published(policy, god(ALL_FORMS, COLUMNS))

    def places(self) -> dict[str, Place]:
        """What rules go by of each task, by id."""
        found: dict[str, Place] = {}
        for key, (owner, seat, community, bureau, customer) in self.rows.items():
            keepers = () if customer is None else CUSTOMERS[customer][:2]
            found[key] = Place(
                frozenset(n for n in (owner, seat) if n),
                frozenset(n for n in keepers if n),
                community or "",
                bureau or "",
            )
        return found


@asynccontextmanager
async def open_tasks(url: str, issuer: Issuer, folder: Path) -> AsyncGenerator[Tasks]:
    """The service on a channel, with tasks in it."""
    papers = Papers(branch_papers())
    access = AccessBook(papers, today=lambda: TODAY, sensitive=FORMS.sensitive, implied=FORMS.implied)
    clock = FixedClock(MORNING)
    database = Database(url, clock=clock, plumbing=tables.plumbing, encode=encode, access=access, pool_size=4)
    world, support = World(database, clock, access, papers), FarSupport.new()
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="dispatch", people=access)
    server = aio.server(interceptors=[Interceptor("dispatch", Gatekeeper(verifier, access))])
    async with aio.insecure_channel("127.0.0.1:9") as nobody, far_support.serving(support) as disclosures:
        exports = far_support.exports_of(database, access, tables.exports, disclosures, sources(ZONE), folder)
        exports.folder.mkdir()
        branch = Branch(Calendar({}), ZONE)
        intake = Intake(database, OwnerLookup(nobody, 0.2), lambda: branch)
        servicer = DispatchServicer(database, access, clock, lambda: branch, intake, exports, ("gnet-crm",))
        dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(servicer, server)
        probe_pb2_grpc.add_AccessProbeServiceServicer_to_server(
            ProbeServicer(database, access, FORMS, probed(ZONE), count_rows), server
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            tasks = Tasks(world, issuer, channel, exports, support, folder)
            tasks.put_in_force(Policy(()))
            await _fill(tasks)
            yield tasks
        await server.stop(0)
    database.close()


async def _fill(tasks: Tasks) -> None:
    world = tasks.world
    with world.database.engine.begin() as connection:
        rule = {"version": 1, "enabled": True, "due_working_days": 0, "groups": ALL_GROUPS, "priority": 3}
        connection.execute(insert(tables.generation_rules), [{**rule, "name": "birthday", "days_ahead": 1}])
    for n, (owner, seat, community, bureau) in enumerate(CUSTOMERS):
        world.customer(
            n, owner_number=owner, seat_number=seat, community_id=community, bureau_id=bureau, name=f"客{WORDS[n]}"
        )
    for n, row in enumerate(ROWS):
        tasks.rows[_task(world, n, *row)] = row
    for key in tasks.rows:
        tasks.truth[key] = await tasks.by("god", "god").GetTask(pb.GetTaskRequest(id=key))


def _task(
    world: World,
    n: int,
    owner: str | None,
    seat: str | None,
    community: str | None,
    bureau: str | None,
    customer: int | None,
) -> str:
    ended = n in (2, 7)
    task = world.task(
        title=f"标题{WORDS[n]}", kind=("care", "visit", "birthday")[n % 3], source="gnet-crm" if n % 2 else "manual",
        external_id=f"G-{n:04d}", owner_number=owner, seat_number=seat, community_id=community, bureau_id=bureau,
        customer_id=None if customer is None else f"0190c000-0000-7000-8000-{customer:012d}",
        customer_name=f"客户{WORDS[n]}", place=f"云州市任务路{n}号", description=f"说明{n}", placement="MANUAL",
        due_at=MORNING + timedelta(hours=(-30, 3, 50)[n % 3]), state="completed" if ended else "open",
        ended_at=MORNING if ended else None, write_back="pending" if n % 2 else None,
        result_code="done" if ended else None, result_json='{"note": "结果"}' if ended else None,
    )  # fmt: skip

    def trace(unit: Unit) -> None:
        unit.trace(TASK, task.id, "*", None, task.title)
        unit.trace(TASK, task.id, "place", f"云州市从前路{n}号", task.place)
        unit.trace(TASK, task.id, "title", f"从前的题目{n}", task.title)
        unit.trace(TASK, task.id, "owner_number", None, owner)
        unit.session.add(
            WriteBack(
                id=unit.new_id(), task_id=task.id, system="gnet-crm", external_id=f"G-{n:04d}", outcome="completed",
                body_json="{}", sequence=1, created_at=unit.now(), started_at=unit.now(),
            )
        )  # fmt: skip

    if n % 2:
        world.run(DISPATCH, trace)
    return task.id
