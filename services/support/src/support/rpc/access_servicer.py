"""The calls about access: unpack, action, pack; what another service owns is asked of it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from crm.access.v1 import probe_pb2
from crm.common.v1 import access_pb2
from crm.support.v1 import access_pb2 as pb
from crm.support.v1 import access_pb2_grpc
from grpc.aio import ServicerContext

from chassis.database import Database
from chassis.declarations import Form, Forms
from chassis.identity import caller
from chassis.paging import read_page
from chassis.parameters import Parameters
from support.access_parameters import limits_at
from support.actions.approvals import decide_approval, list_approvals
from support.actions.disclosures import authorise_disclosure, list_disclosures
from support.actions.explain_access import draft_document, explain_own_form, preview_own_form
from support.actions.newest_rules import Frame
from support.actions.policies import (
    compare_policies,
    discard_policy_draft,
    get_policy,
    list_policy_versions,
    restore_policy,
    save_policy_draft,
    submit_policy,
)
from support.declared_forms import Bucket, declared_forms, known_forms
from support.domain.policy import default_roles
from support.rpc import access_messages as messages
from support.rpc.messages import Listed, page_info
from support.rpc.probes import Probes

log = structlog.get_logger()
Context = ServicerContext[Any, Any]
_SHOWN = 20


class AccessServicer(access_pb2_grpc.AccessServiceServicer):
    """Roles and rules as administrators make them, approvals, and what was seen in full."""

    def __init__(
        self,
        database: Database,
        documents: Bucket,
        forms: Forms,
        parameters: Parameters,
        probes: Probes,
        zone: ZoneInfo,
        publish: Callable[[], Awaitable[object]],
    ) -> None:
        """`publish` lets a change of the rules go out before the call that made it answers."""
        self._database = database
        self._documents = documents
        self._forms = forms
        self._limits = partial(limits_at, parameters)
        self._probes = probes
        self._zone = zone
        self._publish = publish

    async def ListForms(self, request: pb.ListFormsRequest, context: Context) -> pb.ListFormsResponse:
        """List every form of every service."""
        return pb.ListFormsResponse(forms=declared_forms(self._documents))

    async def GetPolicy(self, request: pb.GetPolicyRequest, context: Context) -> pb.GetPolicyResponse:
        """Answer a policy."""
        view = await self._database.read(caller(), get_policy, request.id)
        return pb.GetPolicyResponse(policy=messages.policy(view))

    async def ListPolicyVersions(
        self, request: pb.ListPolicyVersionsRequest, context: Context
    ) -> pb.ListPolicyVersionsResponse:
        """List the versions of the policy."""
        views, more, total = await self._database.read(caller(), list_policy_versions, read_page(request.page))
        last = (str(views[-1].policy.edition),) if views else ()
        return pb.ListPolicyVersionsResponse(
            policies=[messages.policy(view) for view in views], page=page_info(Listed(last, more, total))
        )

    async def ListRoleTemplates(
        self, request: pb.ListRoleTemplatesRequest, context: Context
    ) -> pb.ListRoleTemplatesResponse:
        """List the roles as the product delivers them."""
        return pb.ListRoleTemplatesResponse(templates=[messages.role(role) for role in default_roles()])

    async def SavePolicyDraft(self, request: pb.SavePolicyDraftRequest, context: Context) -> pb.SavePolicyDraftResponse:
        """Keep the caller's draft."""
        roles = messages.read_roles(request.roles)
        view = await self._database.run(
            caller(), save_policy_draft, request.version, roles, request.note, self._frame()
        )
        return pb.SavePolicyDraftResponse(policy=messages.policy(view))

    async def DiscardPolicyDraft(
        self, request: pb.DiscardPolicyDraftRequest, context: Context
    ) -> pb.DiscardPolicyDraftResponse:
        """Throw the caller's draft away."""
        await self._database.run(caller(), discard_policy_draft)
        return pb.DiscardPolicyDraftResponse()

    async def SubmitPolicy(self, request: pb.SubmitPolicyRequest, context: Context) -> pb.SubmitPolicyResponse:
        """Hand the caller's draft in."""
        view = await self._database.run(caller(), submit_policy, request.version, self._frame())
        await self._go_out()
        return pb.SubmitPolicyResponse(policy=messages.policy(view))

    async def RestorePolicy(self, request: pb.RestorePolicyRequest, context: Context) -> pb.RestorePolicyResponse:
        """Make a draft of a version."""
        view = await self._database.run(caller(), restore_policy, request.id)
        return pb.RestorePolicyResponse(policy=messages.policy(view))

    async def ComparePolicies(self, request: pb.ComparePoliciesRequest, context: Context) -> pb.ComparePoliciesResponse:
        """Show what differs between two policies."""
        found = await self._database.read(caller(), compare_policies, request.from_id, request.to_id, self._frame())
        return pb.ComparePoliciesResponse(differences=[messages.difference(each) for each in found])

    async def ExplainAccess(self, request: pb.ExplainAccessRequest, context: Context) -> pb.ExplainAccessResponse:
        """Answer why a person can or cannot see a row."""
        own = self._own(request.form)
        if own is not None:
            answer = await self._database.read(
                caller(),
                explain_own_form,
                request.staff_number,
                own,
                request.record,
                draft=request.draft,
                frame=self._frame(),
            )
            return pb.ExplainAccessResponse(answer=answer)
        answer = await self._probes.explain(
            probe_pb2.ExplainRowRequest(
                form=request.form,
                record=request.record,
                staff_number=request.staff_number,
                rules=await self._draft(wanted=request.draft),
            )
        )
        return pb.ExplainAccessResponse(answer=answer)

    async def PreviewAccess(self, request: pb.PreviewAccessRequest, context: Context) -> pb.PreviewAccessResponse:
        """Show rows as a person would see them."""
        own = self._own(request.form)
        if own is not None:
            answer = await self._database.read(
                caller(), preview_own_form, request.staff_number, own, draft=request.draft, frame=self._frame()
            )
            return pb.PreviewAccessResponse(answer=answer)
        answer = await self._probes.preview(
            probe_pb2.PreviewRowsRequest(
                form=request.form,
                staff_number=request.staff_number,
                rules=await self._draft(wanted=request.draft),
                size=_SHOWN,
            )
        )
        return pb.PreviewAccessResponse(answer=answer)

    async def ListApprovals(self, request: pb.ListApprovalsRequest, context: Context) -> pb.ListApprovalsResponse:
        """List what waits for the caller or was asked by them."""
        views, more, total = await self._database.read(
            caller(), list_approvals, messages.approval_state(request.state), read_page(request.page), self._frame()
        )
        last = (views[-1].approval.id,) if views else ()
        return pb.ListApprovalsResponse(
            approvals=[messages.approval(view) for view in views], page=page_info(Listed(last, more, total))
        )

    async def DecideApproval(self, request: pb.DecideApprovalRequest, context: Context) -> pb.DecideApprovalResponse:
        """Agree to or refuse what somebody else asked for."""
        view = await self._database.run(
            caller(), decide_approval, request.id, request.approve, request.comment, self._frame()
        )
        await self._go_out()
        return pb.DecideApprovalResponse(approval=messages.approval(view))

    async def AuthoriseDisclosure(
        self, request: pb.AuthoriseDisclosureRequest, context: Context
    ) -> pb.AuthoriseDisclosureResponse:
        """Say whether a value may be seen in full or rows taken out, and record it."""
        found = await self._database.run(caller(), authorise_disclosure, messages.asked(request), self._frame())
        return pb.AuthoriseDisclosureResponse(
            granted=found.granted, approval_id=found.approval_id, left_today=found.left_today
        )

    async def ListDisclosures(self, request: pb.ListDisclosuresRequest, context: Context) -> pb.ListDisclosuresResponse:
        """List what was seen in full and taken out within the caller's reach."""
        found, more, total = await self._database.read(
            caller(),
            list_disclosures,
            request.staff_number,
            messages.disclosure_kind(request.kind),
            read_page(request.page),
        )
        end = found[-1].disclosure if found else None
        last = (end.at.isoformat(), end.id) if end else ()
        return pb.ListDisclosuresResponse(
            disclosures=[messages.disclosure(each) for each in found], page=page_info(Listed(last, more, total))
        )

    async def _go_out(self) -> None:
        try:
            await self._publish()
        except Exception as error:  # the broker is away: what waits goes out when it is back
            log.warning("rules wait for publication", error=repr(error))

    def _frame(self) -> Frame:
        return Frame(self._zone, known_forms(self._documents), self._limits)

    def _own(self, form: str) -> Form | None:
        """Answer one of our own forms; None for one that another service owns."""
        if not form.startswith("support."):
            return None
        return self._forms.by_name.get(form) or Form(form)

    async def _draft(self, *, wanted: bool) -> access_pb2.GrantsDocument | None:
        return await self._database.read(caller(), draft_document) if wanted else None
