CREATE TABLE calendar_years (
    year SMALLINT NOT NULL,
    id CHAR(32) NOT NULL,
    published SMALLINT NOT NULL,
    by_hand SMALLINT NOT NULL,
    CONSTRAINT pk_calendar_years PRIMARY KEY (year)
);

CREATE TABLE changes (
    id CHAR(32) NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_kind VARCHAR2(12 CHAR) NOT NULL,
    actor_id VARCHAR2(64 CHAR) NOT NULL,
    actor_name VARCHAR2(120 CHAR),
    actor_ip VARCHAR2(64 CHAR),
    form VARCHAR2(64 CHAR) NOT NULL,
    record_id CHAR(32) NOT NULL,
    root_id CHAR(32) NOT NULL,
    field VARCHAR2(120 CHAR) NOT NULL,
    old_value CLOB,
    new_value CLOB,
    cause VARCHAR2(64 CHAR),
    CONSTRAINT pk_changes PRIMARY KEY (id)
);

CREATE INDEX ix_changes_record_id ON changes (record_id, id);

CREATE INDEX ix_changes_root_id ON changes (root_id, id);

CREATE TABLE dead_letters (
    id CHAR(32) NOT NULL,
    consumer VARCHAR2(120 CHAR) NOT NULL,
    event_id VARCHAR2(64 CHAR) NOT NULL,
    subject VARCHAR2(200 CHAR) NOT NULL,
    payload BLOB NOT NULL,
    headers CLOB,
    error VARCHAR2(1000 CHAR),
    state VARCHAR2(12 CHAR) NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dead_letters PRIMARY KEY (id)
);

CREATE INDEX ix_dead_letters_state ON dead_letters (state, id);

CREATE TABLE documents (
    doc_key VARCHAR2(80 CHAR) NOT NULL,
    version NUMBER(19) NOT NULL,
    waiting SMALLINT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_documents PRIMARY KEY (doc_key)
);

CREATE INDEX ix_documents_waiting ON documents (waiting, doc_key);

CREATE TABLE grants (
    role VARCHAR2(40 CHAR) NOT NULL,
    form VARCHAR2(64 CHAR) NOT NULL,
    action VARCHAR2(12 CHAR) NOT NULL,
    scope VARCHAR2(12 CHAR) NOT NULL,
    origin VARCHAR2(12 CHAR) NOT NULL,
    CONSTRAINT pk_grants PRIMARY KEY (role, form, action, scope)
);

CREATE TABLE inbox (
    consumer VARCHAR2(120 CHAR) NOT NULL,
    event_id VARCHAR2(64 CHAR) NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
);

CREATE INDEX ix_inbox_received_at ON inbox (received_at);

CREATE TABLE outbox (
    id CHAR(32) NOT NULL,
    waiting SMALLINT NOT NULL,
    subject VARCHAR2(200 CHAR) NOT NULL,
    type VARCHAR2(200 CHAR) NOT NULL,
    entity_id VARCHAR2(64 CHAR),
    payload BLOB NOT NULL,
    traceparent VARCHAR2(64 CHAR),
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_outbox PRIMARY KEY (id)
);

CREATE INDEX ix_outbox_recorded_at ON outbox (recorded_at);

CREATE INDEX ix_outbox_waiting ON outbox (waiting, id);

CREATE TABLE relay (
    id SMALLINT NOT NULL,
    stream_created VARCHAR2(64 CHAR),
    holder VARCHAR2(64 CHAR),
    held_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_relay PRIMARY KEY (id)
);

CREATE TABLE requests (
    actor_id VARCHAR2(64 CHAR) NOT NULL,
    call VARCHAR2(64 CHAR) NOT NULL,
    request_id VARCHAR2(64 CHAR) NOT NULL,
    content_hash VARCHAR2(64 CHAR) NOT NULL,
    answer CLOB,
    answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_requests PRIMARY KEY (actor_id, call, request_id)
);

CREATE INDEX ix_requests_answered_at ON requests (answered_at);

CREATE TABLE sign_ins (
    id VARCHAR2(64 CHAR) NOT NULL,
    staff_number VARCHAR2(64 CHAR) NOT NULL,
    name VARCHAR2(120 CHAR),
    ip VARCHAR2(64 CHAR),
    user_agent VARCHAR2(300 CHAR),
    signed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signed_out_at TIMESTAMP WITH TIME ZONE,
    ended_by VARCHAR2(20 CHAR),
    CONSTRAINT pk_sign_ins PRIMARY KEY (id)
);

CREATE INDEX ix_sign_ins_at ON sign_ins (signed_in_at, id);

CREATE INDEX ix_sign_ins_staff ON sign_ins (staff_number, signed_in_at);

CREATE TABLE units (
    id CHAR(32) NOT NULL,
    code VARCHAR2(30 CHAR) NOT NULL,
    name VARCHAR2(100 CHAR) NOT NULL,
    kind VARCHAR2(12 CHAR) NOT NULL,
    parent_id CHAR(32),
    valid_from DATE NOT NULL,
    valid_to DATE,
    CONSTRAINT pk_units PRIMARY KEY (id),
    CONSTRAINT uq_units_code UNIQUE (code),
    CONSTRAINT fk_units_parent_id FOREIGN KEY(parent_id) REFERENCES units (id)
);

CREATE INDEX ix_units_parent_id ON units (parent_id);

CREATE TABLE calendar_days (
    day DATE NOT NULL,
    year SMALLINT NOT NULL,
    working SMALLINT NOT NULL,
    holiday_zh VARCHAR2(60 CHAR),
    holiday_en VARCHAR2(60 CHAR),
    holiday_start SMALLINT NOT NULL,
    make_up SMALLINT NOT NULL,
    CONSTRAINT pk_calendar_days PRIMARY KEY (day),
    CONSTRAINT fk_calendar_days_year FOREIGN KEY(year) REFERENCES calendar_years (year)
);

CREATE INDEX ix_calendar_days_year ON calendar_days (year);

CREATE TABLE people (
    id CHAR(32) NOT NULL,
    staff_number VARCHAR2(32 CHAR) NOT NULL,
    name VARCHAR2(100 CHAR) NOT NULL,
    readings VARCHAR2(300 CHAR),
    phone VARCHAR2(25 CHAR),
    unit_id CHAR(32) NOT NULL,
    active SMALLINT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people_staff_number UNIQUE (staff_number),
    CONSTRAINT fk_people_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);

CREATE INDEX ix_people_unit_id ON people (unit_id);

CREATE TABLE person_roles (
    person_id CHAR(32) NOT NULL,
    role VARCHAR2(40 CHAR) NOT NULL,
    CONSTRAINT pk_person_roles PRIMARY KEY (person_id, role),
    CONSTRAINT fk_person_roles_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);

CREATE INDEX ix_person_roles_role ON person_roles (role);

CREATE TABLE person_units (
    person_id CHAR(32) NOT NULL,
    unit_id CHAR(32) NOT NULL,
    CONSTRAINT pk_person_units PRIMARY KEY (person_id, unit_id),
    CONSTRAINT fk_person_units_person_id FOREIGN KEY(person_id) REFERENCES people (id),
    CONSTRAINT fk_person_units_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);

CREATE INDEX ix_person_units_unit_id ON person_units (unit_id);
