/** One error of the API: its number in the seed's table, the text answered, and its HTTP status on the v1 surface. */
export interface ApiError {
  readonly code: number;
  readonly text: string;
  /** HTTP status on `/api/v1`; `/api.php` answers handler errors with 200. */
  readonly status: number;
  /** Seconds until the same request may succeed; answered as `Retry-After`, on both surfaces. */
  readonly retryAfterS?: number;
}

const error = (code: number, text: string, status = 422): ApiError => ({ code, text, status });

/** Before any command: the request never reached a working handler. Real HTTP statuses on both surfaces. */
export const HARD_FAILURES = {
  malformedJson: error(100000, 'The JSON request body could not be parsed', 400),
  unsupportedMethod: error(100001, 'This request method or endpoint is not supported', 400),
  handlerMissing: error(100002, 'The command is registered but has no handler', 500),
  unknownCommand: error(100003, 'Unknown or missing command', 400),
  componentUnavailable: error(100004, 'A required server component is not available, try again later', 500),
  unexpected: error(100005, 'Unexpected error', 500),
  // Beyond the contract: their code is their status.
  requestTimeout: error(408, 'The request did not arrive in time', 408),
  bodyTooLarge: error(413, 'The request body is too large', 413),
  tooMuchAtOnce: {
    ...error(429, 'Too many large requests at once, try again in a second', 429),
    retryAfterS: 1,
  },
  headersTooLarge: error(431, 'The URL and headers of the request are too large', 431),
} as const;

/** Of every private command. */
export const ACCESS_ERRORS = {
  unauthenticated: error(99998, 'Authentication failure or session expired', 401),
  forbidden: error(99999, 'Not enough privileges', 403),
} as const;

const DOMAIN_NOT_FOUND = 'Domain not found or access denied';
const domainIdMissing = error(1, 'Missing required parameter (DomainID)');
/** Of the commands that take a DomainID and nothing else that can be missing. */
const ownDomain = { domainIdMissing, domainNotFound: error(2, DOMAIN_NOT_FOUND, 404) } as const;

const COUNT_RULE = 'it must be an integer of at least 0';

/** Of every endpoint with a bucket of requests. `text` of the answer says how long to wait. */
export const TOO_MANY_REQUESTS = error(429, 'Too many requests', 429);

/** Errors per command, keyed by what went wrong. */
export const ERRORS = {
  'emailgateway.adddomain': {
    domainNameMissing: error(1, 'Missing required parameter (DomainName)'),
    domainNameInvalid: error(2, 'Invalid domain name format'),
    domainLimitReached: error(3, 'Maximum sender domains limit reached for user', 403),
    subdomainInvalid: error(4, 'Invalid subdomain or track prefix value'),
  },
  'emailgateway.getdomain': ownDomain,
  'emailgateway.updatedomain': {
    domainIdMissing,
    domainNotFound: error(5, DOMAIN_NOT_FOUND, 404),
    subdomainInvalid: error(6, 'Invalid subdomain or track prefix value'),
  },
  'emailgateway.verifydomain': ownDomain,
  'emailgateway.getdomains': {},
  'emailgateway.deletedomain': ownDomain,
  'emailgateway.cleardomainqueue': ownDomain,
  'emailgateway.domainstats': ownDomain,
  'emailgateway.accountstats': {},
  'emailgateway.addapi': {
    descriptionMissing: error(1, 'Missing required parameter (Description)'),
    domainIdMissing: error(2, 'Missing required parameter (DomainID)'),
    domainNotFound: error(3, DOMAIN_NOT_FOUND, 404),
  },
  'emailgateway.getapis': ownDomain,
  'emailgateway.replaceapi': {
    descriptionMissing: error(1, 'Missing required parameter (Description)'),
    domainIdMissing: error(2, 'Missing required parameter (DomainID)'),
    domainNotFound: error(3, DOMAIN_NOT_FOUND, 404),
    rotationFailed: error(4, 'The API key could not be replaced; nothing was changed, try again', 409),
  },
  'emailgateway.addsmtp': ownDomain,
  'emailgateway.getsmtps': ownDomain,
  'emailgateway.deletesmtp': {
    smtpIdMissing: error(1, 'Missing required parameter (SMTPID)'),
    smtpNotFound: error(2, 'SMTP credentials not found or access denied', 404),
  },
  'emailgateway.resetsmtppassword': {
    smtpIdMissing: error(1, 'Missing required parameter (SMTPID)'),
    smtpNotFound: error(2, 'SMTP credentials not found or access denied', 404),
  },
  'emailgateway.deleteapi': {
    apiKeyIdMissing: error(1, 'Missing required parameter (APIKeyID)'),
    apiKeyNotFound: error(2, 'API Key not found or access denied', 404),
  },
  'emailgateway.addwebhook': {
    domainIdMissing: error(1, 'Missing required parameter (DomainID)'),
    eventMissing: error(2, 'Missing required parameter (Event)'),
    eventInvalid: error(3, 'Invalid event type'),
    domainNotFound: error(4, DOMAIN_NOT_FOUND, 404),
    urlMissing: error(5, 'Missing required parameter (WebhookURL)'),
    urlInvalid: error(6, 'Webhook URL must be a valid HTTP or HTTPS URL.'),
    hostForbidden: error(7, 'Webhook URL host is forbidden.', 403),
  },
  'emailgateway.getwebhooks': ownDomain,
  'emailgateway.deletewebhook': {
    webhookIdMissing: error(1, 'Missing required parameter (WebhookID)'),
    domainIdMissing: error(2, 'Missing required parameter (DomainID)'),
    domainNotFound: error(3, DOMAIN_NOT_FOUND, 404),
    webhookNotFound: error(4, 'Webhook not found or access denied', 404),
  },
  'emailgateway.addwebhook.public': {
    eventMissing: error(2, 'Event is missing'),
    eventInvalid: error(3, 'Invalid Event value'),
    urlInvalid: error(3, 'Invalid WebhookURL value'),
    urlMissing: error(5, 'WebhookURL is missing'),
    senderApiKeyInvalid: error(13, 'Invalid SenderAPIKey', 401),
  },
  'emailgateway.getwebhooks.public': {
    userInvalid: error(2, 'Invalid user account', 404),
    senderApiKeyInvalid: error(13, 'Invalid SenderAPIKey', 401),
  },
  'emailgateway.deletewebhook.public': {
    webhookIdMissing: error(1, 'WebhookID is missing'),
    userInvalid: error(2, 'Invalid user account', 404),
    webhookNotFound: error(4, 'Invalid WebhookID', 404),
    senderApiKeyInvalid: error(13, 'Invalid SenderAPIKey', 401),
  },
  'emailgateway.regeneratesigningkey': {
    ...ownDomain,
    rotationFailed: error(3, 'The signing key could not be rotated; nothing was changed, try again', 409),
  },
  'emailgateway.exportevents': {
    domainNotFound: error(2, DOMAIN_NOT_FOUND, 404),
  },
  'emailgateway.aggrevents': ownDomain,
  'emailgateway.listrecipientdomains': ownDomain,
  'emailgateway.recipientdomainstats': {
    domainIdMissing: error(1, 'Missing required parameter (DomainID or RecipientToDomain)'),
    domainNotFound: error(2, DOMAIN_NOT_FOUND, 404),
  },
  'emailgateway.getevents': {
    domainNotFound: error(2, DOMAIN_NOT_FOUND, 404),
    startFromMissing: error(4, 'Missing required parameter (StartFrom)'),
    startFromInvalid: error(4, `Invalid StartFrom: ${COUNT_RULE}`),
    retrieveCountMissing: error(5, 'Missing required parameter (RetrieveCount)'),
    retrieveCountInvalid: error(5, `Invalid RetrieveCount: ${COUNT_RULE}`),
  },
  'emailgateway.getevents.public': {
    senderApiKeyMissing: error(1, 'Missing SenderAPIKey', 401),
    senderDomainInvalid: error(2, 'Invalid sender domain', 404),
    startFromInvalid: error(4, `Invalid StartFrom: ${COUNT_RULE}`),
    retrieveCountInvalid: error(5, `Invalid RetrieveCount: ${COUNT_RULE}`),
    senderApiKeyInvalid: error(13, 'Invalid SenderAPIKey', 401),
  },
  'emailgateway.sendemail': {
    senderApiKeyMissing: error(1, 'Missing SenderAPIKey', 401),
    senderInvalid: error(2, 'Invalid DomainID or invalid user account', 404),
    fromInvalid: error(3, 'From parameter is missing or invalid'),
    subjectMissing: error(8, 'Missing Subject'),
    toMissing: error(8, 'To email address is missing'),
    contentTypeMissing: error(9, 'Missing ContentType'),
    htmlContentMissing: error(10, 'Missing HTMLContent'),
    plainContentMissing: error(11, 'Missing PlainContent'),
    userDeactivated: error(12, 'Invalid or deactivated user account', 404),
    senderApiKeyInvalid: error(13, 'Invalid SenderAPIKey', 401),
    recipientSuppressed: error(14, 'Email address is in the suppression list', 409),
    templateInvalid: error(15, 'Invalid TemplateID'),
    targetListInvalid: error(16, 'Invalid TargetListID'),
    sendingLimitReached: error(17, 'Email sending limit reached', 420),
    recipientIncomplete: error(18, 'Recipient name or email address is missing'),
    recipientInvalid: error(19, 'Recipient email address is invalid'),
    recipientsInvalid: error(20, 'There is no recipient set or count exceeds limit'),
    ccNotArray: error(20, 'CC must be an array'),
    ccIncomplete: error(21, 'CC name or email address is missing'),
    ccInvalid: error(22, 'CC email address is invalid'),
    fromAddressInvalid: error(23, 'Invalid from email address format'),
    ccTooMany: error(23, 'CC count exceeds limit'),
    bccNotArray: error(24, 'BCC must be an array'),
    bccIncomplete: error(25, 'BCC name or email address is missing'),
    bccInvalid: error(26, 'BCC email address is invalid'),
    bccTooMany: error(27, 'BCC count exceeds limit'),
    replyToNotArray: error(28, 'ReplyTo must be an array'),
    replyToIncomplete: error(29, 'Reply-To name or email address is missing'),
    replyToInvalid: error(30, 'Reply-To email address is invalid'),
    replyToTooMany: error(31, 'Reply-To count exceeds limit'),
    domainNotActivated: error(32, 'Domain is not activated', 403),
    /** The contract leaves 33 open and has no code for Headers, Tags, Attachments and SendAt. */
    extrasInvalid: error(33, 'Invalid Headers, Tags, Attachments or SendAt'),
    userNotVerified: error(34, 'User account is not verified', 403),
    listInvalid: error(35, 'Invalid ListID'),
    subscriberInvalid: error(36, 'Invalid SubscriberID'),
    journeyInvalid: error(37, 'Invalid JourneyID'),
    actionInvalid: error(38, 'Invalid ActionID'),
    listUnresolvable: error(39, 'The recipients of the target list could not be resolved', 502),
    rateLimitExceeded: error(429, 'Email send rate limit exceeded', 429),
  },
  'emailgateway.smtprelay': {
    usernameMissing: error(1, 'Missing SMTPUsername'),
    passwordMissing: error(2, 'Missing SMTPPassword'),
    credentialsInvalid: error(3, 'Invalid SMTP credentials', 401),
    senderDomainInvalid: error(4, 'Invalid sender domain', 404),
    senderDomainNotActive: error(5, 'Sender domain is not active', 403),
    userInvalid: error(6, 'Invalid user account', 404),
    userNotTrusted: error(7, 'User is not trusted or not enabled', 403),
    /** Authentication with the phone gate on, for an owner who did not verify a phone. */
    userNotVerified: error(8, 'User account is not verified', 403),
    recipientSuppressed: error(8, 'Recipient email address is suppressed', 409),
    toTooMany: error(9, 'To count exceeds limit'),
    ccTooMany: error(10, 'CC count exceeds limit'),
    bccTooMany: error(11, 'BCC count exceeds limit'),
    rateLimitExceeded: error(12, 'Email send rate limit exceeded', 429),
    sendingLimitReached: error(13, 'Email sending limit reached', 420),
    /** The contract ends at 13. */
    recipientsInvalid: error(14, 'Missing or invalid RcptTo'),
    messageInvalid: error(
      15,
      'RawEmail is no message that can be sent, or UUID is malformed or was used for another one',
    ),
    tooManyLogins: error(16, 'Too many logins are being checked, try again later', 429),
  },
  'sender.domains': {
    formatInvalid: error(1, 'Invalid DomainsResponseFormat', 200),
    unauthenticated: error(99998, 'Authentication failure or session expired', 403),
  },
  'inbound-relay-domain-check': {
    unauthenticated: error(1, 'Authentication failed. Invalid admin API key.', 403),
    /** On v1 the status alone speaks: the body is `{}`. */
    denied: error(2, 'Relay access denied. The domain is not authorized.', 500),
    /** Mail servers take every 5xx for a denial that is for good, so a fault of ours is none. */
    unknown: error(3, 'The domain could not be checked. Try again later.', 429),
  },
  'user.login': {
    usernameMissing: error(1, 'Missing required parameter (Username)'),
    passwordMissing: error(2, 'Missing required parameter (Password)'),
    loginInvalid: error(3, 'Invalid login information', 401),
    /** The text of the answer says how long to wait, as does `Retry-After`. */
    tooManyAttempts: error(429, 'Too many login attempts', 429),
  },
} as const satisfies Record<string, Record<string, ApiError>>;
