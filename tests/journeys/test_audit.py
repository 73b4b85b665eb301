"""Who came in, failed to, looked at what and left: on the real stack, read where the administrator reads it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from crm.customer.v1 import customer_pb2
from crm.dispatch.v1 import dispatch_pb2
from crm.support.v1 import audit_pb2 as pb

from local_stack.layout import PROJECT
from tests.person import CallRefused, Person, SignInRefused
from tests.rig import Rig

SERVICE = "crm.support.v1.AuditService"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
WITHIN = 60.0


def entries(admin: Person, **wanted: str) -> list[pb.AuditEntry]:
    asked = pb.ListAuditEntriesRequest(filter=pb.AuditFilter(**wanted))  # type: ignore[arg-type]  # texts all
    return list(admin.call(f"{SERVICE}/ListAuditEntries", asked, pb.ListAuditEntriesResponse).entries)


def until(admin: Person, enough: Callable[[list[pb.AuditEntry]], bool], **wanted: str) -> list[pb.AuditEntry]:
    deadline = time.monotonic() + WITHIN
    while not enough(found := entries(admin, **wanted)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def kinds(found: Iterable[pb.AuditEntry]) -> set[str]:
    return {pb.AuditKind.Name(entry.kind).removeprefix("AUDIT_KIND_") for entry in found}


def verified(rig: Rig) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_stack", "verify-audit"]
    environment = {**os.environ, "CRM_HOME": str(rig.home)}
    return subprocess.run(
        command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_stay_is_recorded_from_the_first_try_to_the_last_click(rig: Rig) -> None:
    with pytest.raises(SignInRefused), Person(rig.url, "m010", "not the password"):
        pass
    with Person(rig.url, "m010", rig.password, headers={"user-agent": FIREFOX}) as person:
        mine = dispatch_pb2.ListTasksRequest(bucket=dispatch_pb2.TASK_BUCKET_TODO, mine=True)
        task = person.call("crm.dispatch.v1.DispatchService/ListTasks", mine, dispatch_pb2.ListTasksResponse).tasks[0]
        get_task = dispatch_pb2.GetTaskRequest(id=task.id)
        person.call("crm.dispatch.v1.DispatchService/GetTask", get_task, dispatch_pb2.GetTaskResponse)
        get_customer = customer_pb2.GetCustomerRequest(id=task.customer_id)
        person.call("crm.customer.v1.CustomerService/GetCustomer", get_customer, customer_pb2.GetCustomerResponse)
        page = pb.RecordPageViewRequest(path="/tasks?query=13800000000")
        person.call(f"{SERVICE}/RecordPageView", page, pb.RecordPageViewResponse)
        with pytest.raises(CallRefused):
            entries(person)
        person.http.post("/logout", headers=person.headers).raise_for_status()
    wanted = {"SIGN_IN", "SIGN_OUT", "SIGN_IN_FAILED", "RECORD_VIEW", "PAGE_VIEW"}
    with Person(rig.url, "admin", rig.password) as admin:

        def whole(found: list[pb.AuditEntry]) -> bool:
            return wanted <= kinds(found) and len([e for e in found if e.kind == pb.AUDIT_KIND_RECORD_VIEW]) == 2

        found = until(admin, whole, staff_number="m010")
        assert kinds(found) == wanted
        by_kind = {entry.kind: entry for entry in found}
        assert by_kind[pb.AUDIT_KIND_SIGN_IN].device == "Firefox 140 · Windows 10"
        assert by_kind[pb.AUDIT_KIND_SIGN_OUT].detail == "logout"
        assert by_kind[pb.AUDIT_KIND_SIGN_IN_FAILED].detail == "invalid_user_credentials"
        assert by_kind[pb.AUDIT_KIND_PAGE_VIEW].detail == "/tasks"
        seen = {(e.form, e.record_id) for e in found if e.kind == pb.AUDIT_KIND_RECORD_VIEW}
        assert seen == {("dispatch.task", task.id), ("customer.customer", task.customer_id)}
        assert all(e.ip and e.name and e.unit_id for e in found if e.kind != pb.AUDIT_KIND_SIGN_IN_FAILED)
        (looked,) = entries(admin, record_id=task.customer_id)
        assert looked.staff_number == "m010"


def test_an_edit_in_the_database_is_named(rig: Rig) -> None:
    day = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    with Person(rig.url, "admin", rig.password) as admin:
        found = until(admin, bool, staff_number="admin")
        assert found

        def verdict() -> pb.VerifyAuditDayResponse:
            asked = pb.VerifyAuditDayRequest(day=found[0].day or day)
            return admin.call(f"{SERVICE}/VerifyAuditDay", asked, pb.VerifyAuditDayResponse)

        assert verdict().intact
        before = verified(rig)
        assert (before.returncode, "all intact" in before.stdout) == (0, True), before.stdout + before.stderr
        victim = [found[0].day, found[0].sequence]
        with rig.database("support") as connection:
            was = connection.execute("SELECT ip FROM audit_entries WHERE day = %s AND sequence = %s", victim).fetchone()
            connection.execute("UPDATE audit_entries SET ip = '1.1.1.1' WHERE day = %s AND sequence = %s", victim)
            try:
                answer, after = verdict(), verified(rig)
            finally:
                connection.execute(
                    "UPDATE audit_entries SET ip = %s WHERE day = %s AND sequence = %s", [*(was or [None]), *victim]
                )
        assert (answer.intact, answer.first_wrong, answer.reason) == (False, found[0].sequence, "EDITED")
        assert after.returncode == 1
        assert f"EDITED at entry {found[0].sequence}" in after.stdout
        assert verdict().intact
