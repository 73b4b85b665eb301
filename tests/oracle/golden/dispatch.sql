CREATE TABLE appointment_copies (
    appointment_id CHAR(32) NOT NULL,
    version NUMBER(19) NOT NULL,
    customer_id CHAR(32) NOT NULL,
    kind VARCHAR2(20 CHAR) NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    starts_on DATE NOT NULL,
    starts_words VARCHAR2(40 CHAR) NOT NULL,
    place VARCHAR2(300 CHAR),
    cancelled SMALLINT NOT NULL,
    CONSTRAINT pk_appointment_copies PRIMARY KEY (appointment_id)
);

CREATE INDEX ix_appointment_copies_cust ON appointment_copies (customer_id);

CREATE INDEX ix_appointment_copies_starts ON appointment_copies (starts_on);

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

CREATE TABLE customer_copies (
    customer_id CHAR(32) NOT NULL,
    version NUMBER(19) NOT NULL,
    customer_number VARCHAR2(64 CHAR),
    name VARCHAR2(120 CHAR),
    customer_group VARCHAR2(20 CHAR),
    bureau_id CHAR(32),
    community_id CHAR(32),
    owner_number VARCHAR2(64 CHAR),
    seat_number VARCHAR2(64 CHAR),
    birthday_key VARCHAR2(5 CHAR),
    store_key VARCHAR2(5 CHAR),
    store_opened_on DATE,
    CONSTRAINT pk_customer_copies PRIMARY KEY (customer_id)
);

CREATE INDEX ix_customer_copies_birthday ON customer_copies (birthday_key);

CREATE INDEX ix_customer_copies_store ON customer_copies (store_key);

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

CREATE TABLE exports (
    id CHAR(32) NOT NULL,
    form VARCHAR2(64 CHAR) NOT NULL,
    state VARCHAR2(12 CHAR) NOT NULL,
    filter_json CLOB NOT NULL,
    columns_json CLOB NOT NULL,
    reason VARCHAR2(500 CHAR) NOT NULL,
    row_count NUMBER(19) NOT NULL,
    written NUMBER(19) NOT NULL,
    requested_by VARCHAR2(64 CHAR) NOT NULL,
    requested_ip VARCHAR2(64 CHAR),
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    file_name VARCHAR2(200 CHAR) NOT NULL,
    approval_id CHAR(32),
    failure VARCHAR2(200 CHAR),
    ended_at TIMESTAMP WITH TIME ZONE,
    holder VARCHAR2(64 CHAR),
    held_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_exports PRIMARY KEY (id)
);

CREATE INDEX ix_exports_requested_by ON exports (requested_by, id);

CREATE INDEX ix_exports_state ON exports (state, id);

CREATE TABLE generation_rules (
    name VARCHAR2(30 CHAR) NOT NULL,
    version NUMBER(19) NOT NULL,
    enabled SMALLINT NOT NULL,
    days_ahead SMALLINT NOT NULL,
    due_working_days SMALLINT NOT NULL,
    groups VARCHAR2(60 CHAR) NOT NULL,
    priority SMALLINT NOT NULL,
    covered_on DATE,
    CONSTRAINT pk_generation_rules PRIMARY KEY (name)
);

CREATE TABLE generation_runs (
    id CHAR(32) NOT NULL,
    rule VARCHAR2(30 CHAR) NOT NULL,
    run_on DATE NOT NULL,
    first_on DATE NOT NULL,
    last_on DATE NOT NULL,
    daily SMALLINT NOT NULL,
    created_count NUMBER(19) NOT NULL,
    ran_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id VARCHAR2(64 CHAR) NOT NULL,
    CONSTRAINT pk_generation_runs PRIMARY KEY (id)
);

CREATE INDEX ix_generation_runs_rule ON generation_runs (rule, ran_at);

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

CREATE TABLE tasks (
    id CHAR(32) NOT NULL,
    version NUMBER(19) NOT NULL,
    kind VARCHAR2(20 CHAR) NOT NULL,
    title VARCHAR2(300 CHAR) NOT NULL,
    source VARCHAR2(64 CHAR) NOT NULL,
    priority SMALLINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR2(12 CHAR) NOT NULL,
    external_id VARCHAR2(100 CHAR),
    work_order_id CHAR(32),
    item_id VARCHAR2(64 CHAR),
    customer_id CHAR(32),
    customer_name VARCHAR2(120 CHAR),
    bureau_id CHAR(32),
    community_id CHAR(32),
    owner_number VARCHAR2(64 CHAR),
    seat_number VARCHAR2(64 CHAR),
    write_back VARCHAR2(12 CHAR),
    rule VARCHAR2(30 CHAR),
    occasion_key VARCHAR2(64 CHAR),
    occasion_on DATE,
    run_id CHAR(32),
    placement VARCHAR2(40 CHAR),
    place VARCHAR2(300 CHAR),
    description VARCHAR2(2000 CHAR),
    result_code VARCHAR2(40 CHAR),
    result_json CLOB,
    cancel_reason VARCHAR2(500 CHAR),
    ended_at TIMESTAMP WITH TIME ZONE,
    overdue_said_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_tasks PRIMARY KEY (id),
    CONSTRAINT uq_tasks_occasion UNIQUE (rule, occasion_key)
);

CREATE INDEX ix_tasks_bureau ON tasks (bureau_id, ended_at, due_at, id);

CREATE INDEX ix_tasks_customer ON tasks (customer_id);

CREATE INDEX ix_tasks_due ON tasks (ended_at, due_at, id);

CREATE INDEX ix_tasks_external ON tasks (external_id);

CREATE INDEX ix_tasks_owner ON tasks (owner_number, ended_at, due_at, id);

CREATE INDEX ix_tasks_run ON tasks (run_id);

CREATE INDEX ix_tasks_seat ON tasks (seat_number, ended_at, due_at, id);

CREATE INDEX ix_tasks_work_order ON tasks (work_order_id);

CREATE INDEX ix_tasks_write_back ON tasks (write_back);

CREATE TABLE work_order_items (
    work_order_id CHAR(32) NOT NULL,
    position SMALLINT NOT NULL,
    item_id VARCHAR2(64 CHAR),
    task_id CHAR(32),
    reason VARCHAR2(40 CHAR),
    field VARCHAR2(40 CHAR),
    value VARCHAR2(200 CHAR),
    lookup_json CLOB,
    CONSTRAINT pk_work_order_items PRIMARY KEY (work_order_id, position)
);

CREATE INDEX ix_work_order_items_task ON work_order_items (task_id);

CREATE TABLE work_orders (
    id CHAR(32) NOT NULL,
    version NUMBER(19) NOT NULL,
    source VARCHAR2(64 CHAR) NOT NULL,
    external_id VARCHAR2(100 CHAR),
    external_key VARCHAR2(100 CHAR) NOT NULL,
    content_hash VARCHAR2(64 CHAR) NOT NULL,
    document_json CLOB NOT NULL,
    state VARCHAR2(20 CHAR) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state_changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    cancellation_reason VARCHAR2(500 CHAR),
    category VARCHAR2(200 CHAR),
    description VARCHAR2(2000 CHAR),
    priority VARCHAR2(20 CHAR),
    doc_version VARCHAR2(40 CHAR),
    doc_type VARCHAR2(100 CHAR),
    base_type VARCHAR2(100 CHAR),
    schema_location VARCHAR2(500 CHAR),
    notification_contact VARCHAR2(200 CHAR),
    start_date TIMESTAMP WITH TIME ZONE,
    requested_start TIMESTAMP WITH TIME ZONE,
    requested_completion TIMESTAMP WITH TIME ZONE,
    expected_completion TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_work_orders PRIMARY KEY (id),
    CONSTRAINT uq_work_orders_external UNIQUE (source, external_key)
);

CREATE INDEX ix_work_orders_source ON work_orders (source, created_at, id);

CREATE TABLE write_backs (
    id CHAR(32) NOT NULL,
    task_id CHAR(32) NOT NULL,
    system VARCHAR2(64 CHAR) NOT NULL,
    external_id VARCHAR2(100 CHAR) NOT NULL,
    outcome VARCHAR2(20 CHAR) NOT NULL,
    body_json CLOB NOT NULL,
    sequence SMALLINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR2(12 CHAR) NOT NULL,
    attempts SMALLINT NOT NULL,
    last_error VARCHAR2(40 CHAR),
    next_attempt_at TIMESTAMP WITH TIME ZONE,
    lease VARCHAR2(64 CHAR),
    leased_until TIMESTAMP WITH TIME ZONE,
    delivered_at TIMESTAMP WITH TIME ZONE,
    traceparent VARCHAR2(64 CHAR),
    tried_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_write_backs PRIMARY KEY (id),
    CONSTRAINT uq_write_backs_sequence UNIQUE (task_id, sequence)
);

CREATE INDEX ix_write_backs_next ON write_backs (state, system, next_attempt_at);

CREATE INDEX ix_write_backs_state ON write_backs (state, id);
