CREATE TABLE alerts (
    id CHAR(32) NOT NULL,
    rule VARCHAR2(40 CHAR) NOT NULL,
    part VARCHAR2(40 CHAR) NOT NULL,
    subject VARCHAR2(200 CHAR),
    severity SMALLINT NOT NULL,
    figure NUMERIC(18, 3) NOT NULL,
    limit_figure NUMERIC(18, 3) NOT NULL,
    detail VARCHAR2(400 CHAR),
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    open SMALLINT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_alerts PRIMARY KEY (id)
);

CREATE INDEX ix_alerts_began_at ON alerts (began_at);

CREATE INDEX ix_alerts_open ON alerts (open, began_at);

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

CREATE TABLE inbox (
    consumer VARCHAR2(120 CHAR) NOT NULL,
    event_id VARCHAR2(64 CHAR) NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
);

CREATE INDEX ix_inbox_received_at ON inbox (received_at);

CREATE TABLE log_lines (
    id CHAR(32) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    part VARCHAR2(40 CHAR) NOT NULL,
    gravity SMALLINT NOT NULL,
    text VARCHAR2(1000 CHAR) NOT NULL,
    fields CLOB,
    trace_id VARCHAR2(32 CHAR),
    size_bytes NUMBER(19) NOT NULL,
    CONSTRAINT pk_log_lines PRIMARY KEY (id)
);

CREATE INDEX ix_log_lines_at ON log_lines (at);

CREATE INDEX ix_log_lines_trace_id ON log_lines (trace_id);

CREATE TABLE minutes (
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    part VARCHAR2(40 CHAR) NOT NULL,
    packed BLOB NOT NULL,
    size_bytes NUMBER(19) NOT NULL,
    CONSTRAINT pk_minutes PRIMARY KEY (at, part)
);

CREATE TABLE notices (
    id CHAR(32) NOT NULL,
    alert_id CHAR(32) NOT NULL,
    channel VARCHAR2(20 CHAR) NOT NULL,
    moment VARCHAR2(8 CHAR) NOT NULL,
    tries SMALLINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    waiting SMALLINT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_notices PRIMARY KEY (id)
);

CREATE INDEX ix_notices_alert_id ON notices (alert_id);

CREATE INDEX ix_notices_waiting ON notices (waiting);

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

CREATE TABLE trace_pieces (
    id CHAR(32) NOT NULL,
    trace_id VARCHAR2(32 CHAR) NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    packed BLOB NOT NULL,
    size_bytes NUMBER(19) NOT NULL,
    CONSTRAINT pk_trace_pieces PRIMARY KEY (id)
);

CREATE INDEX ix_trace_pieces_began_at ON trace_pieces (began_at);

CREATE INDEX ix_trace_pieces_trace_id ON trace_pieces (trace_id);

CREATE TABLE traces (
    trace_id VARCHAR2(32 CHAR) NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    took_us NUMBER(19) NOT NULL,
    name VARCHAR2(200 CHAR) NOT NULL,
    part VARCHAR2(40 CHAR) NOT NULL,
    failed SMALLINT NOT NULL,
    failed_in VARCHAR2(40 CHAR),
    spans NUMBER(19) NOT NULL,
    parts VARCHAR2(400 CHAR) NOT NULL,
    CONSTRAINT pk_traces PRIMARY KEY (trace_id)
);

CREATE INDEX ix_traces_began_at ON traces (began_at);

CREATE INDEX ix_traces_failed ON traces (failed, began_at);

CREATE INDEX ix_traces_took_us ON traces (took_us, began_at);
