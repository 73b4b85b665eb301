"""What enters the archive: customers by hand, column by column, and files by whoever brought them."""

import random
from typing import Any

from crm.common.v1 import page_pb2
from crm.customer.v1 import customer_pb2 as pb
from sqlalchemy import delete

from chassis.database import Unit
from chassis.identity import service_actor
from chassis.ids import new_id
from customer.storage import tables
from tests.leaks.archive import CUSTOMER, IMPORT, Archive
from tests.leaks.found import Found
from tests.leaks.reading import B1, B2, C1, C2, C3, CREATE, SEE, Place, Reading
from tests.leaks.reading import IMPORT as BRING

PAGE = page_pb2.PageRequest(size=50, with_total=True)
OPTIONAL: tuple[dict[str, Any], ...] = (
    {}, {"phone": "13910009999"}, {"id_card": "620101198005129999", "phone": "13910009998"}, {"note": "新装"},
    {"address": "云州市新路9号1栋", "note": "新装"}, {"joined_on": "2026-01-02"}, {"birthday": pb.Birthday(month=5, day=6)},
)  # fmt: skip
# What becomes of a call about an import that has ended: refused for that, once it is within reach.
GONE = ("NOT_FOUND", "PERMISSION_DENIED")


class EnteringComparison:
    """The calls of one person, and what they should have answered."""

    def __init__(self, archive: Archive, reading: Reading, found: Found, chance: random.Random) -> None:
        self.archive, self.reading, self.found, self.chance = archive, reading, found, chance
        self.caller = archive.by(reading.who.number, *reading.who.positions)
        self.at = reading.who.number

    async def everything(self) -> None:
        """Each way in turn."""
        for owner, community, bureau in ((self.at, C1, B1), ("m002", C3, B2), ("z01", C2, B1)):
            await self.creating(owner, community, bureau)
        await self.imports()

    async def creating(self, owner: str, community: str, bureau: str) -> None:
        """A customer by hand, with columns that may be closed."""
        given = pb.Customer(
            customer_number="NEW-1", name="新客户", kind=pb.CUSTOMER_KIND_HOUSEHOLD, group=pb.CUSTOMER_GROUP_PUBLIC,
            community_id=community, owner_number=owner, **self.chance.choice(OPTIONAL),
        )  # fmt: skip
        request = pb.CreateCustomerRequest(request_id=new_id(), customer=given)
        answer, refused = await self.caller.ask("CreateCustomer", request)
        kept = frozenset({owner})
        place = Place(kept, kept, community, bureau)
        may = self.reading.may(CUSTOMER, CREATE, place)
        told = sorted(each.name for each, _ in given.ListFields())
        self.found.created(f"{self.at} new customer of {owner} {told}", self.reading, place, given, refused, may=may)
        if answer is not None:
            given.id, given.bureau_id, given.version = answer.customer.id, bureau, answer.customer.version
            self.found.record(f"{self.at} new customer", self.reading, place, given, answer.customer)
            self.archive.world.run(service_actor("customer"), _remove, answer.customer.id)

    async def imports(self) -> None:
        """Files by who brought them: the list, one by one, what was refused of them, stopping them."""
        jobs = {key: Place(frozenset({who}), frozenset(), "", "") for key, who in self.archive.jobs.items()}
        answer, refused = await self.caller.ask("ListImports", pb.ListImportsRequest(page=PAGE))
        self.found.said(f"{self.at} imports", self.reading.may_call(IMPORT, SEE), refused is None)
        seen = {key for key, place in jobs.items() if self.reading.may(IMPORT, SEE, place)}
        if answer is not None:
            self.found.rows(f"{self.at} imports", seen, {job.id for job in answer.jobs}, len(jobs))
            self.found.value(f"{self.at} imports total", len(seen), answer.page.total)
        for key, place in jobs.items():
            _, refused = await self.caller.ask("GetImport", pb.GetImportRequest(id=key))
            self.found.said(f"{self.at} import of {sorted(place.owners)}", key in seen, refused is None)
            may = key in seen and self.reading.may(IMPORT, BRING, place)
            _, refused = await self.caller.ask("DownloadImportErrors", pb.DownloadImportErrorsRequest(id=key))
            through = refused is None or refused.code not in GONE
            self.found.said(f"{self.at} refused rows of {sorted(place.owners)}", may, through)
            _, refused = await self.caller.ask("CancelImport", pb.CancelImportRequest(id=key))
            assert refused is not None  # it has ended
            may = self.reading.may(IMPORT, BRING, place)
            self.found.said(f"{self.at} stop import of {sorted(place.owners)}", may, refused.code not in GONE)
        await self.bringing()

    async def bringing(self) -> None:
        """A file of no known kind: refused for that where files may be brought in at all, else by the gate."""
        head = pb.StartImportRequest(file=pb.ImportFile(name="x.csv"))
        _, refused = await self.caller.ask("StartImport", head)
        assert refused is not None
        may = self.reading.may_call(IMPORT, BRING)
        self.found.said(f"{self.at} bring a file", may, refused.code != "PERMISSION_DENIED")


def _remove(unit: Unit, customer_id: str) -> None:
    unit.session.execute(delete(tables.customers).where(tables.customers.c.id == customer_id))
