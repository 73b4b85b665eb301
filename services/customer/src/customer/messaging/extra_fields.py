"""The fields that the branch has added to the archive, as support publishes them: parsed once a version."""

from crm.support.v1 import parameters_pb2

from chassis.access import Source
from customer.domain.extra import ExtraField, Extras

KEY = "fields.extra"
FORM = "customer.customer"


class ExtraFields:
    """Answers the fields as they stand."""

    def __init__(self, documents: Source) -> None:
        self._documents = documents
        self._held: tuple[bytes | None, Extras] = (None, {})

    def known(self) -> Extras:
        """Answers the fields of the customer archive by name."""
        data = self._documents.get(KEY)
        if self._held[0] is not data:
            self._held = (data, read_fields(data or b""))
        return self._held[1]


def read_fields(data: bytes) -> Extras:
    """Reads the fields of the customer archive."""
    fields = parameters_pb2.ExtraFieldsDocument.FromString(data).fields
    return {
        each.name: ExtraField(each.name, each.kind, tuple(each.choices), each.title_zh, each.title_en)
        for each in fields
        if each.form == FORM
    }
