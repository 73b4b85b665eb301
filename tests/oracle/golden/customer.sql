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

CREATE TABLE customers (
    id CHAR(32) NOT NULL,
    customer_number VARCHAR2(40 CHAR) NOT NULL,
    kind VARCHAR2(16 CHAR) NOT NULL,
    customer_group VARCHAR2(16 CHAR) NOT NULL,
    name VARCHAR2(100 CHAR) NOT NULL,
    phone VARCHAR2(30 CHAR),
    id_card VARCHAR2(30 CHAR),
    bureau_id CHAR(32) NOT NULL,
    community_id CHAR(32) NOT NULL,
    owner_number VARCHAR2(40 CHAR) NOT NULL,
    seat_number VARCHAR2(40 CHAR),
    birthday VARCHAR2(24 CHAR),
    store_anniversary DATE,
    address VARCHAR2(300 CHAR),
    joined_on DATE,
    note VARCHAR2(1000 CHAR),
    version NUMBER(19) NOT NULL,
    name_key VARCHAR2(200 CHAR) NOT NULL,
    name_pieces CLOB,
    phone_tail VARCHAR2(4 CHAR),
    address_key VARCHAR2(300 CHAR),
    extra_json CLOB,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT uq_customers_customer_number UNIQUE (customer_number)
);

CREATE INDEX ix_customers_address_key ON customers (address_key);

CREATE INDEX ix_customers_bureau ON customers (bureau_id, name_key, id);

CREATE INDEX ix_customers_community ON customers (community_id, name_key, id);

CREATE INDEX ix_customers_joined_on ON customers (coalesce(joined_on, DATE '0001-01-01'), id);

CREATE INDEX ix_customers_name_key ON customers (name_key, id);

CREATE INDEX ix_customers_owner ON customers (owner_number, name_key, id);

CREATE INDEX ix_customers_phone_tail ON customers (phone_tail);

CREATE INDEX ix_customers_seat ON customers (seat_number, name_key, id);

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

CREATE TABLE import_jobs (
    id CHAR(32) NOT NULL,
    form VARCHAR2(16 CHAR) NOT NULL,
    name VARCHAR2(200 CHAR) NOT NULL,
    state VARCHAR2(16 CHAR) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    actor_kind VARCHAR2(12 CHAR) NOT NULL,
    actor_id VARCHAR2(64 CHAR) NOT NULL,
    actor_name VARCHAR2(120 CHAR),
    actor_ip VARCHAR2(64 CHAR),
    rows_read NUMBER(19) NOT NULL,
    created NUMBER(19) NOT NULL,
    updated NUMBER(19) NOT NULL,
    skipped NUMBER(19) NOT NULL,
    failed NUMBER(19) NOT NULL,
    percent SMALLINT NOT NULL,
    attempts SMALLINT NOT NULL,
    reason VARCHAR2(40 CHAR),
    detail VARCHAR2(200 CHAR),
    holder VARCHAR2(64 CHAR),
    held_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_import_jobs PRIMARY KEY (id)
);

CREATE INDEX ix_import_jobs_state ON import_jobs (state, id);

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

CREATE TABLE accounts (
    id CHAR(32) NOT NULL,
    account_number VARCHAR2(40 CHAR) NOT NULL,
    customer_id CHAR(32) NOT NULL,
    name VARCHAR2(100 CHAR) NOT NULL,
    payment_method VARCHAR2(16 CHAR) NOT NULL,
    status VARCHAR2(16 CHAR) NOT NULL,
    version NUMBER(19) NOT NULL,
    bank_account VARCHAR2(40 CHAR),
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT uq_accounts_account_number UNIQUE (account_number),
    CONSTRAINT fk_accounts_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE INDEX ix_accounts_customer_id ON accounts (customer_id);

CREATE TABLE addresses (
    id CHAR(32) NOT NULL,
    customer_id CHAR(32) NOT NULL,
    kind VARCHAR2(16 CHAR) NOT NULL,
    text VARCHAR2(300 CHAR) NOT NULL,
    community_id CHAR(32),
    version NUMBER(19) NOT NULL,
    text_key VARCHAR2(300 CHAR) NOT NULL,
    CONSTRAINT pk_addresses PRIMARY KEY (id),
    CONSTRAINT fk_addresses_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE INDEX ix_addresses_text_key ON addresses (text_key);

CREATE UNIQUE INDEX uq_addresses_customer_place ON addresses (customer_id, kind, text_key);

CREATE TABLE appointments (
    id CHAR(32) NOT NULL,
    appointment_number VARCHAR2(40 CHAR) NOT NULL,
    customer_id CHAR(32) NOT NULL,
    kind VARCHAR2(16 CHAR) NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    place VARCHAR2(300 CHAR),
    contact_name VARCHAR2(100 CHAR),
    contact_phone VARCHAR2(30 CHAR),
    status VARCHAR2(16 CHAR) NOT NULL,
    note VARCHAR2(1000 CHAR),
    version NUMBER(19) NOT NULL,
    CONSTRAINT pk_appointments PRIMARY KEY (id),
    CONSTRAINT fk_appointments_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE INDEX ix_appointments_customer ON appointments (customer_id, starts_at);

CREATE UNIQUE INDEX uq_appointments_number ON appointments (appointment_number);

CREATE TABLE contacts (
    id CHAR(32) NOT NULL,
    customer_id CHAR(32) NOT NULL,
    name VARCHAR2(100 CHAR) NOT NULL,
    role VARCHAR2(40 CHAR),
    phone VARCHAR2(30 CHAR),
    version NUMBER(19) NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT fk_contacts_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id)
);

CREATE UNIQUE INDEX uq_contacts_customer_name ON contacts (customer_id, name);

CREATE TABLE subscribers (
    id CHAR(32) NOT NULL,
    "number" VARCHAR2(40 CHAR) NOT NULL,
    customer_id CHAR(32) NOT NULL,
    account_id CHAR(32),
    kind VARCHAR2(16 CHAR) NOT NULL,
    product VARCHAR2(100 CHAR),
    status VARCHAR2(16 CHAR) NOT NULL,
    g_net SMALLINT NOT NULL,
    activated_on DATE,
    version NUMBER(19) NOT NULL,
    number_tail VARCHAR2(40 CHAR) NOT NULL,
    CONSTRAINT pk_subscribers PRIMARY KEY (id),
    CONSTRAINT uq_subscribers_number UNIQUE ("number"),
    CONSTRAINT fk_subscribers_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id),
    CONSTRAINT fk_subscribers_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_subscribers_account_id ON subscribers (account_id);

CREATE INDEX ix_subscribers_customer_id ON subscribers (customer_id);

CREATE INDEX ix_subscribers_number_tail ON subscribers (number_tail);
