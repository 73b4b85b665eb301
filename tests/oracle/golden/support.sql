CREATE TABLE account_changes (
    id CHAR(32) NOT NULL,
    staff_number VARCHAR2(32 CHAR) NOT NULL,
    credential CLOB,
    log_out SMALLINT NOT NULL,
    waiting SMALLINT NOT NULL,
    attempts SMALLINT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    last_error VARCHAR2(200 CHAR),
    CONSTRAINT pk_account_changes PRIMARY KEY (id)
);

CREATE INDEX ix_account_changes_staff ON account_changes (staff_number, waiting);

CREATE INDEX ix_account_changes_waiting ON account_changes (waiting, next_at);

CREATE TABLE account_drift (
    id CHAR(32) NOT NULL,
    staff_number VARCHAR2(64 CHAR) NOT NULL,
    what VARCHAR2(20 CHAR) NOT NULL,
    repaired SMALLINT NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    detail VARCHAR2(500 CHAR),
    CONSTRAINT pk_account_drift PRIMARY KEY (id)
);

CREATE INDEX ix_account_drift_open ON account_drift (repaired, id);

CREATE TABLE account_sweeps (
    id SMALLINT NOT NULL,
    swept_at TIMESTAMP WITH TIME ZONE NOT NULL,
    compared NUMBER(19) NOT NULL,
    CONSTRAINT pk_account_sweeps PRIMARY KEY (id)
);

CREATE TABLE approvals (
    id CHAR(32) NOT NULL,
    kind VARCHAR2(12 CHAR) NOT NULL,
    subject_id CHAR(32) NOT NULL,
    form VARCHAR2(64 CHAR) NOT NULL,
    summary CLOB NOT NULL,
    requested_by VARCHAR2(64 CHAR) NOT NULL,
    requested_name VARCHAR2(120 CHAR) NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    bureau_id CHAR(32),
    community_id CHAR(32),
    state VARCHAR2(12 CHAR) NOT NULL,
    decided_by VARCHAR2(64 CHAR),
    decided_for VARCHAR2(64 CHAR),
    decided_at TIMESTAMP WITH TIME ZONE,
    remark VARCHAR2(1000 CHAR),
    CONSTRAINT pk_approvals PRIMARY KEY (id),
    CONSTRAINT uq_approvals_subject_id UNIQUE (subject_id)
);

CREATE INDEX ix_approvals_requested_by ON approvals (requested_by, id);

CREATE INDEX ix_approvals_state ON approvals (state, id);

CREATE TABLE audit_chain (
    id SMALLINT NOT NULL,
    day DATE,
    sequence NUMBER(19) NOT NULL,
    head VARCHAR2(64 CHAR) NOT NULL,
    CONSTRAINT pk_audit_chain PRIMARY KEY (id)
);

CREATE TABLE audit_days (
    day DATE NOT NULL,
    entries NUMBER(19) NOT NULL,
    opening VARCHAR2(64 CHAR) NOT NULL,
    head VARCHAR2(64 CHAR) NOT NULL,
    file_name VARCHAR2(100 CHAR),
    file_hash VARCHAR2(64 CHAR),
    archived_at TIMESTAMP WITH TIME ZONE,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_audit_days PRIMARY KEY (day)
);

CREATE TABLE audit_entries (
    day DATE NOT NULL,
    sequence NUMBER(19) NOT NULL,
    id CHAR(32) NOT NULL,
    kind VARCHAR2(20 CHAR) NOT NULL,
    staff_number VARCHAR2(64 CHAR),
    name VARCHAR2(120 CHAR),
    unit_id CHAR(32),
    bureau_id CHAR(32),
    community_id CHAR(32),
    ip VARCHAR2(64 CHAR),
    place VARCHAR2(100 CHAR),
    device VARCHAR2(80 CHAR),
    form VARCHAR2(64 CHAR),
    record_id VARCHAR2(64 CHAR),
    detail VARCHAR2(300 CHAR),
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    on_day DATE NOT NULL,
    local_hour SMALLINT NOT NULL,
    previous_hash VARCHAR2(64 CHAR) NOT NULL,
    hash VARCHAR2(64 CHAR) NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (day, sequence)
);

CREATE INDEX ix_audit_entries_at ON audit_entries (at, day, sequence);

CREATE INDEX ix_audit_entries_bureau ON audit_entries (bureau_id, at);

CREATE INDEX ix_audit_entries_on_day ON audit_entries (on_day, kind);

CREATE INDEX ix_audit_entries_record ON audit_entries (record_id, at);

CREATE INDEX ix_audit_entries_staff ON audit_entries (staff_number, at);

CREATE TABLE audit_marks (
    source VARCHAR2(40 CHAR) NOT NULL,
    read_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_audit_marks PRIMARY KEY (source)
);

CREATE TABLE audit_queue (
    id CHAR(32) NOT NULL,
    kind VARCHAR2(20 CHAR) NOT NULL,
    staff_number VARCHAR2(64 CHAR),
    name VARCHAR2(120 CHAR),
    ip VARCHAR2(64 CHAR),
    device VARCHAR2(80 CHAR),
    form VARCHAR2(64 CHAR),
    record_id VARCHAR2(64 CHAR),
    detail VARCHAR2(300 CHAR),
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_audit_queue PRIMARY KEY (id)
);

CREATE TABLE audit_subnets (
    cidr VARCHAR2(50 CHAR) NOT NULL,
    id CHAR(32) NOT NULL,
    place VARCHAR2(100 CHAR) NOT NULL,
    CONSTRAINT pk_audit_subnets PRIMARY KEY (cidr)
);

CREATE TABLE calendar_years (
    year SMALLINT NOT NULL,
    id CHAR(32) NOT NULL,
    published SMALLINT NOT NULL,
    by_hand SMALLINT NOT NULL,
    confirmed_by VARCHAR2(64 CHAR),
    confirmed_at TIMESTAMP WITH TIME ZONE,
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
    tries SMALLINT,
    first_tried_at TIMESTAMP WITH TIME ZONE,
    last_tried_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dead_letters PRIMARY KEY (id)
);

CREATE INDEX ix_dead_letters_state ON dead_letters (state, id);

CREATE TABLE disclosures (
    id CHAR(32) NOT NULL,
    kind VARCHAR2(12 CHAR) NOT NULL,
    staff_number VARCHAR2(64 CHAR) NOT NULL,
    name VARCHAR2(120 CHAR) NOT NULL,
    form VARCHAR2(64 CHAR) NOT NULL,
    record_id VARCHAR2(64 CHAR) NOT NULL,
    record_label VARCHAR2(200 CHAR),
    column_path VARCHAR2(120 CHAR),
    reason VARCHAR2(500 CHAR) NOT NULL,
    disclosed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    row_count NUMBER(19) NOT NULL,
    ip VARCHAR2(64 CHAR),
    bureau_id CHAR(32),
    community_id CHAR(32),
    CONSTRAINT pk_disclosures PRIMARY KEY (id)
);

CREATE INDEX ix_disclosures_at ON disclosures (disclosed_at, id);

CREATE INDEX ix_disclosures_staff ON disclosures (staff_number, disclosed_at);

CREATE TABLE documents (
    doc_key VARCHAR2(80 CHAR) NOT NULL,
    version NUMBER(19) NOT NULL,
    waiting SMALLINT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_documents PRIMARY KEY (doc_key)
);

CREATE INDEX ix_documents_waiting ON documents (waiting, doc_key);

CREATE TABLE external_systems (
    id CHAR(32) NOT NULL,
    code VARCHAR2(40 CHAR) NOT NULL,
    title_zh VARCHAR2(40 CHAR) NOT NULL,
    title_en VARCHAR2(40 CHAR) NOT NULL,
    note_zh VARCHAR2(120 CHAR),
    note_en VARCHAR2(120 CHAR),
    way_in VARCHAR2(12 CHAR) NOT NULL,
    start_url VARCHAR2(500 CHAR) NOT NULL,
    login_url VARCHAR2(500 CHAR),
    user_field VARCHAR2(80 CHAR),
    password_field VARCHAR2(80 CHAR),
    cookie_domain VARCHAR2(253 CHAR),
    place SMALLINT NOT NULL,
    active SMALLINT NOT NULL,
    version NUMBER(19) NOT NULL,
    CONSTRAINT pk_external_systems PRIMARY KEY (id),
    CONSTRAINT uq_external_systems_code UNIQUE (code)
);

CREATE TABLE extra_fields (
    form VARCHAR2(64 CHAR) NOT NULL,
    name VARCHAR2(40 CHAR) NOT NULL,
    id CHAR(32) NOT NULL,
    title_zh VARCHAR2(60 CHAR) NOT NULL,
    title_en VARCHAR2(60 CHAR) NOT NULL,
    kind VARCHAR2(12 CHAR) NOT NULL,
    choices CLOB,
    CONSTRAINT pk_extra_fields PRIMARY KEY (form, name)
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

CREATE TABLE pairs (
    id CHAR(32) NOT NULL,
    seat_number VARCHAR2(32 CHAR) NOT NULL,
    manager_number VARCHAR2(32 CHAR) NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    CONSTRAINT pk_pairs PRIMARY KEY (id)
);

CREATE INDEX ix_pairs_manager_number ON pairs (manager_number, id);

CREATE INDEX ix_pairs_seat_number ON pairs (seat_number, id);

CREATE TABLE policies (
    id CHAR(32) NOT NULL,
    edition NUMBER(19),
    base_edition NUMBER(19) NOT NULL,
    version NUMBER(19) NOT NULL,
    state VARCHAR2(12 CHAR) NOT NULL,
    author VARCHAR2(64 CHAR) NOT NULL,
    draft_of VARCHAR2(64 CHAR),
    approver VARCHAR2(64 CHAR),
    note VARCHAR2(1000 CHAR),
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    roles CLOB NOT NULL,
    product CLOB NOT NULL,
    CONSTRAINT pk_policies PRIMARY KEY (id),
    CONSTRAINT uq_policies_edition UNIQUE (edition),
    CONSTRAINT uq_policies_draft_of UNIQUE (draft_of)
);

CREATE INDEX ix_policies_state ON policies (state);

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

CREATE TABLE stand_ins (
    id CHAR(32) NOT NULL,
    absent_number VARCHAR2(32 CHAR) NOT NULL,
    stand_in_number VARCHAR2(32 CHAR) NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE NOT NULL,
    cancelled SMALLINT NOT NULL,
    CONSTRAINT pk_stand_ins PRIMARY KEY (id)
);

CREATE INDEX ix_stand_ins_absent ON stand_ins (absent_number, valid_to);

CREATE INDEX ix_stand_ins_stand_in ON stand_ins (stand_in_number, valid_to);

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
    ends_at VARCHAR2(5 CHAR),
    is_local SMALLINT NOT NULL,
    CONSTRAINT pk_calendar_days PRIMARY KEY (day),
    CONSTRAINT fk_calendar_days_year FOREIGN KEY(year) REFERENCES calendar_years (year)
);

CREATE INDEX ix_calendar_days_year ON calendar_days (year);

CREATE TABLE credentials (
    system_id CHAR(32) NOT NULL,
    staff_number VARCHAR2(32 CHAR) NOT NULL,
    key_id VARCHAR2(16 CHAR) NOT NULL,
    sealed BLOB NOT NULL,
    working SMALLINT NOT NULL,
    version NUMBER(19) NOT NULL,
    stored_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_credentials PRIMARY KEY (system_id, staff_number),
    CONSTRAINT fk_credentials_system_id FOREIGN KEY(system_id) REFERENCES external_systems (id)
);

CREATE INDEX ix_credentials_key ON credentials (key_id);

CREATE INDEX ix_credentials_staff ON credentials (staff_number);

CREATE TABLE parameter_values (
    id CHAR(32) NOT NULL,
    param_key VARCHAR2(64 CHAR) NOT NULL,
    unit_id CHAR(32),
    effective_from DATE NOT NULL,
    value_json CLOB,
    set_by VARCHAR2(64 CHAR) NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    note VARCHAR2(500 CHAR),
    CONSTRAINT pk_parameter_values PRIMARY KEY (id),
    CONSTRAINT fk_parameter_values_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);

CREATE INDEX ix_parameter_values_key ON parameter_values (param_key, id);

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
    version NUMBER(19) NOT NULL,
    state VARCHAR2(12 CHAR) NOT NULL,
    successor VARCHAR2(32 CHAR),
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people_staff_number UNIQUE (staff_number),
    CONSTRAINT fk_people_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);

CREATE INDEX ix_people_unit_id ON people (unit_id);

CREATE TABLE system_positions (
    system_id CHAR(32) NOT NULL,
    role VARCHAR2(40 CHAR) NOT NULL,
    CONSTRAINT pk_system_positions PRIMARY KEY (system_id, role),
    CONSTRAINT fk_system_positions_system_id FOREIGN KEY(system_id) REFERENCES external_systems (id)
);

CREATE TABLE unit_days (
    unit_id CHAR(32) NOT NULL,
    day DATE NOT NULL,
    year SMALLINT NOT NULL,
    working SMALLINT NOT NULL,
    holiday_zh VARCHAR2(60 CHAR),
    holiday_en VARCHAR2(60 CHAR),
    holiday_start SMALLINT NOT NULL,
    make_up SMALLINT NOT NULL,
    ends_at VARCHAR2(5 CHAR),
    CONSTRAINT pk_unit_days PRIMARY KEY (unit_id, day),
    CONSTRAINT fk_unit_days_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);

CREATE INDEX ix_unit_days_year ON unit_days (year, unit_id);

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
