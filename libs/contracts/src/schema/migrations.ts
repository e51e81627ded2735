import { heldMails } from './held-mails.js';
import { ingestQuarantine } from './ingest-quarantine.js';
import { TABLE } from './table.js';

/**
 * MySQL tables that more than one process reads or writes. A migration is frozen once it has landed: change a table by
 * adding one. Floor is MySQL 8.0.15 (CHECK is parsed but not enforced there, so no rule hides in one).
 *
 * `oempro_*` tables carry the names and columns the API contract speaks of; `eg_*` and the rest are ours.
 */
export interface Migration {
  /** 13-digit creation time in ms; orders migrations of all libraries. */
  readonly timestamp: number;
  readonly name: string;
  readonly up: readonly string[];
}

const accounts = [
  `CREATE TABLE oempro_user_groups (
    GroupID INT UNSIGNED NOT NULL AUTO_INCREMENT,
    Name VARCHAR(100) NOT NULL,
    Privileges TEXT NOT NULL,
    LimitEmailGatewaySenderDomains INT UNSIGNED NOT NULL DEFAULT 0,
    EmailGatewayNewDomainManualApproval ENUM('Enabled','Disabled') NOT NULL DEFAULT 'Disabled',
    EmailGatewayDNSTemplate VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'Default',
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (GroupID), UNIQUE KEY uk_name (Name)
  ) ${TABLE}`,
  `CREATE TABLE oempro_users (
    UserID INT UNSIGNED NOT NULL AUTO_INCREMENT,
    GroupID INT UNSIGNED NOT NULL,
    Username VARCHAR(190) NOT NULL,
    PasswordHash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    EmailAddress VARCHAR(320) NOT NULL,
    AccountStatus ENUM('Enabled','Disabled') NOT NULL DEFAULT 'Enabled',
    ReputationLevel ENUM('Trusted','Untrusted') NOT NULL DEFAULT 'Trusted',
    PhoneVerified TINYINT UNSIGNED NOT NULL DEFAULT 0,
    APIKeyHash BINARY(32) NOT NULL,
    APIKeyCipher VARBINARY(255) NOT NULL,
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (UserID), UNIQUE KEY uk_username (Username), UNIQUE KEY uk_api_key (APIKeyHash), KEY ix_group (GroupID)
  ) ${TABLE}`,
];

const senderDomains = [
  `CREATE TABLE oempro_eg_domains (
    DomainID INT UNSIGNED NOT NULL,
    UserID INT UNSIGNED NOT NULL,
    SenderDomain VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    Status ENUM('Approval Pending','Enabled','Disabled','Suspended','Blocked','Deleted') NOT NULL,
    Options JSON NOT NULL,
    VerificationMeta JSON NOT NULL,
    PolicyMeta JSON NOT NULL,
    SigningKeyCipher VARBINARY(255) NULL,
    Version INT UNSIGNED NOT NULL,
    CreatedAt DATETIME(6) NOT NULL,
    UpdatedAt DATETIME(6) NOT NULL,
    PRIMARY KEY (DomainID), UNIQUE KEY uk_user_domain (UserID, SenderDomain), KEY ix_domain (SenderDomain)
  ) ${TABLE}`,
  `CREATE TABLE oempro_eg_api_keys (
    APIKeyID INT UNSIGNED NOT NULL,
    UserID INT UNSIGNED NOT NULL,
    DomainID INT UNSIGNED NOT NULL,
    KeyHash BINARY(32) NOT NULL,
    KeyCipher VARBINARY(255) NOT NULL,
    Description VARCHAR(255) NOT NULL,
    Status ENUM('Enabled','Disabled','Deleted') NOT NULL,
    Options JSON NOT NULL,
    CreatedAt DATETIME(6) NOT NULL,
    PRIMARY KEY (APIKeyID), UNIQUE KEY uk_key (KeyHash), KEY ix_user_domain_status (UserID, DomainID, Status)
  ) ${TABLE}`,
  `CREATE TABLE oempro_eg_webhooks (
    WebhookID INT UNSIGNED NOT NULL,
    UserID INT UNSIGNED NOT NULL,
    DomainID INT UNSIGNED NOT NULL,
    Event VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    WebhookURL VARCHAR(2048) NOT NULL,
    Status ENUM('Enabled','Disabled','Deleted') NOT NULL,
    DisabledReason VARCHAR(255) NULL,
    FailingSince DATETIME(6) NULL,
    CreatedAt DATETIME(6) NOT NULL,
    PRIMARY KEY (WebhookID), KEY ix_domain_event (DomainID, Event, Status)
  ) ${TABLE}`,
];

const sending = [
  `CREATE TABLE eg_messages (
    message_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id INT UNSIGNED NOT NULL,
    domain_id INT UNSIGNED NOT NULL,
    method VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sender_domain VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    mfrom_host VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    content LONGTEXT NOT NULL,
    accepted_at DATETIME(3) NOT NULL,
    PRIMARY KEY (message_id)
  ) ${TABLE}`,
  `CREATE TABLE eg_send_queue (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    message_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    recipient_no SMALLINT UNSIGNED NOT NULL,
    recipient VARCHAR(320) NOT NULL,
    recipient_type ENUM('to','cc','bcc') NOT NULL,
    user_id INT UNSIGNED NOT NULL,
    domain_id INT UNSIGNED NOT NULL,
    state ENUM('queued','sending','sent','failed') NOT NULL DEFAULT 'queued',
    attempts SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    due_at DATETIME(6) NOT NULL,
    claim_token BIGINT UNSIGNED NULL,
    claim_owner VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    last_response VARCHAR(500) NULL,
    finished_at DATETIME(6) NULL,
    PRIMARY KEY (id), UNIQUE KEY uk_message_recipient (message_id, recipient_no),
    KEY ix_due (state, due_at, id), KEY ix_domain_state (domain_id, state)
  ) ${TABLE}`,
];

const webhooks = [
  `CREATE TABLE webhook_deliveries (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    webhook_id INT UNSIGNED NOT NULL,
    event_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id INT UNSIGNED NOT NULL,
    domain_id INT UNSIGNED NOT NULL,
    shard TINYINT UNSIGNED NOT NULL,
    state ENUM('pending','delivered','failed','dropped') NOT NULL DEFAULT 'pending',
    attempts SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    next_attempt_at DATETIME(6) NOT NULL,
    payload MEDIUMTEXT NOT NULL,
    last_status SMALLINT UNSIGNED NULL,
    last_error VARCHAR(500) NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id), UNIQUE KEY uk_webhook_event (webhook_id, event_id),
    KEY ix_due (shard, state, next_attempt_at, id), KEY ix_lane (webhook_id, state, next_attempt_at)
  ) ${TABLE}`,
];

const ingest = [
  `CREATE TABLE ingest_checkpoints (
    identity VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    path VARCHAR(1024) NOT NULL,
    size BIGINT UNSIGNED NOT NULL,
    offset BIGINT UNSIGNED NOT NULL,
    header MEDIUMTEXT NULL,
    row_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
    event_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
    bad_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
    skipped_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    PRIMARY KEY (identity)
  ) ${TABLE}`,
  `CREATE TABLE ingest_quarantine (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    identity VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    path VARCHAR(1024) NOT NULL,
    offset BIGINT UNSIGNED NOT NULL,
    length BIGINT UNSIGNED NOT NULL,
    reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    bytes MEDIUMBLOB NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id), UNIQUE KEY uk_place (identity, offset)
  ) ${TABLE}`,
];

const accountRules = [
  `ALTER TABLE oempro_user_groups
    ADD COLUMN LimitEmailSendPerDay INT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN LimitEmailSendPerPeriod INT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN LimitEmailSendLifetime INT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN RateLimits JSON NULL`,
  // NULL in a limit of a user: the group's applies. 0 = unlimited, in both.
  `ALTER TABLE oempro_users
    ADD COLUMN LimitEmailSendPerDay INT UNSIGNED NULL,
    ADD COLUMN LimitEmailSendPerPeriod INT UNSIGNED NULL,
    ADD COLUMN LimitEmailSendLifetime INT UNSIGNED NULL,
    ADD COLUMN RateLimits JSON NULL,
    ADD COLUMN CreditSystem ENUM('Enabled','Disabled') NOT NULL DEFAULT 'Disabled',
    ADD COLUMN FirstName VARCHAR(100) NOT NULL DEFAULT '',
    ADD COLUMN LastName VARCHAR(100) NOT NULL DEFAULT ''`,
  // One row per account that sends: the only row that two sends of one account wait for, and no other account's.
  `CREATE TABLE eg_send_usage (
    user_id INT UNSIGNED NOT NULL,
    credits BIGINT NOT NULL DEFAULT 0,
    windows JSON NOT NULL,
    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    PRIMARY KEY (user_id)
  ) ${TABLE}`,
  `CREATE TABLE eg_sessions (
    token_hash BINARY(32) NOT NULL,
    user_id INT UNSIGNED NOT NULL,
    created_at DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    PRIMARY KEY (token_hash), KEY ix_user (user_id), KEY ix_expires (expires_at)
  ) ${TABLE}`,
  // user_id 0: the whole installation. An address is stored in lower case; a pattern has `*` for any characters.
  `CREATE TABLE oempro_suppression_list (
    SuppressionID BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    UserID INT UNSIGNED NOT NULL DEFAULT 0,
    EmailAddress VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    IsPattern TINYINT UNSIGNED NOT NULL DEFAULT 0,
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (SuppressionID), UNIQUE KEY uk_address_user (EmailAddress, UserID), KEY ix_pattern (IsPattern, UserID),
    KEY ix_user (UserID)
  ) ${TABLE}`,
];

// What the gateways of an installation have let through together, per route and credential; see ADR 7.
const requestWindows = [
  `CREATE TABLE eg_request_windows (
    bucket VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    taken INT UNSIGNED NOT NULL,
    lent INT UNSIGNED NOT NULL,
    ends_at DATETIME(3) NOT NULL,
    lent_until DATETIME(3) NOT NULL,
    PRIMARY KEY (bucket), KEY ix_ends (ends_at)
  ) ${TABLE}`,
];

const smtpLogins = [
  `CREATE TABLE oempro_eg_smtp_credentials (
    SMTPID INT UNSIGNED NOT NULL,
    UserID INT UNSIGNED NOT NULL,
    DomainID INT UNSIGNED NOT NULL,
    SMTPUsername VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PasswordHash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    Status ENUM('Enabled','Disabled','Deleted') NOT NULL,
    CreatedAt DATETIME(6) NOT NULL,
    PRIMARY KEY (SMTPID), UNIQUE KEY uk_username (SMTPUsername), KEY ix_user_domain_status (UserID, DomainID, Status)
  ) ${TABLE}`,
];

/** What the send command's ids point to; filled by operators (`eg template|list|subscriber|journey|action add`). */
const mailContext = [
  `CREATE TABLE oempro_email_templates (
    TemplateID INT UNSIGNED NOT NULL AUTO_INCREMENT,
    UserID INT UNSIGNED NOT NULL,
    Name VARCHAR(255) NOT NULL,
    HTMLContent MEDIUMTEXT NULL,
    PlainContent MEDIUMTEXT NULL,
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (TemplateID), KEY ix_user (UserID)
  ) ${TABLE}`,
  `CREATE TABLE oempro_subscriber_lists (
    ListID INT UNSIGNED NOT NULL AUTO_INCREMENT,
    UserID INT UNSIGNED NOT NULL,
    Name VARCHAR(255) NOT NULL,
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (ListID), KEY ix_user (UserID)
  ) ${TABLE}`,
  `CREATE TABLE oempro_subscribers (
    SubscriberID INT UNSIGNED NOT NULL AUTO_INCREMENT,
    ListID INT UNSIGNED NOT NULL,
    EmailAddress VARCHAR(320) NOT NULL,
    Name VARCHAR(255) NOT NULL DEFAULT '',
    Fields JSON NOT NULL,
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (SubscriberID), UNIQUE KEY uk_list_address (ListID, EmailAddress)
  ) ${TABLE}`,
  `CREATE TABLE oempro_journeys (
    JourneyID INT UNSIGNED NOT NULL AUTO_INCREMENT,
    UserID INT UNSIGNED NOT NULL,
    Name VARCHAR(255) NOT NULL,
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (JourneyID), KEY ix_user (UserID)
  ) ${TABLE}`,
  `CREATE TABLE oempro_journey_actions (
    ActionID INT UNSIGNED NOT NULL AUTO_INCREMENT,
    JourneyID INT UNSIGNED NOT NULL,
    Name VARCHAR(255) NOT NULL,
    CreatedAt DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (ActionID), KEY ix_journey (JourneyID)
  ) ${TABLE}`,
];

export const contractMigrations: readonly Migration[] = [
  {
    timestamp: 1764000000001,
    name: 'InitialTables',
    up: [...accounts, ...senderDomains, ...sending, ...webhooks, ...ingest],
  },
  {
    timestamp: 1764000000002,
    name: 'AccountRules',
    up: [...accountRules, ...requestWindows, ...smtpLogins, ...mailContext],
  },
  { timestamp: 1764000000007, name: 'IngestQuarantine', up: ingestQuarantine },
  { timestamp: 1764000000008, name: 'HeldMails', up: heldMails },
];
