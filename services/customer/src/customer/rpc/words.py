"""Words of the domain and their numbers in the contract, both ways."""

from crm.customer.v1 import customer_pb2 as pb

KINDS = {"household": pb.CUSTOMER_KIND_HOUSEHOLD, "business": pb.CUSTOMER_KIND_BUSINESS}
GROUPS = {
    "public": pb.CUSTOMER_GROUP_PUBLIC,
    "business": pb.CUSTOMER_GROUP_BUSINESS,
    "key_account": pb.CUSTOMER_GROUP_KEY_ACCOUNT,
}
SUBSCRIBERS = {
    "fixed_line": pb.SUBSCRIBER_KIND_FIXED_LINE,
    "broadband": pb.SUBSCRIBER_KIND_BROADBAND,
    "mobile": pb.SUBSCRIBER_KIND_MOBILE,
    "iptv": pb.SUBSCRIBER_KIND_IPTV,
}
APPOINTMENTS = {
    "install": pb.APPOINTMENT_KIND_INSTALL,
    "remove": pb.APPOINTMENT_KIND_REMOVE,
    "relocate": pb.APPOINTMENT_KIND_RELOCATE,
    "visit": pb.APPOINTMENT_KIND_VISIT,
}
IMPORT_FORMS = {
    "customer": pb.IMPORT_FORM_CUSTOMER,
    "account": pb.IMPORT_FORM_ACCOUNT,
    "subscriber": pb.IMPORT_FORM_SUBSCRIBER,
    "contact": pb.IMPORT_FORM_CONTACT,
    "address": pb.IMPORT_FORM_ADDRESS,
    "appointment": pb.IMPORT_FORM_APPOINTMENT,
}
IMPORT_STATES = {
    "waiting": pb.ImportJob.STATE_WAITING,
    "running": pb.ImportJob.STATE_RUNNING,
    "done": pb.ImportJob.STATE_DONE,
    "refused": pb.ImportJob.STATE_REFUSED,
    "cancelled": pb.ImportJob.STATE_CANCELLED,
}

KIND_WORDS = {number: word for word, number in KINDS.items()}
GROUP_WORDS = {number: word for word, number in GROUPS.items()}
APPOINTMENT_WORDS = {number: word for word, number in APPOINTMENTS.items()}
IMPORT_FORM_WORDS = {number: word for word, number in IMPORT_FORMS.items()}
