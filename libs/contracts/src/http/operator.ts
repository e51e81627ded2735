import Type, { type Static } from 'typebox';

/**
 * Bodies of the operators' endpoints. Unlike the public API these are ours: camelCase, JSON only, unknown members are
 * refused.
 */
const closed = { additionalProperties: false } as const;

const groupName = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
/** Recipients; 0 = unlimited. */
const limit = Type.Integer({ minimum: 0, maximum: 4_294_967_295 });
/** `{"EmailGateway": {"Minute": 60}}`; read by `#domain/account/rate-limits`. `{}` or null: none. */
const rateLimits = Type.Optional(Type.Unknown());
/** What a group can allow its accounts on the API; `*` is all of it. */
export const PRIVILEGES = ['EmailGateway.AddDomain', 'EmailGateway.ManageDomain'] as const;
export type Privilege = (typeof PRIVILEGES)[number];

const groupRules = {
  /** `*`, or privileges with commas, in any letter case. */
  privileges: Type.Optional(
    Type.String({ maxLength: 2000, pattern: '^\\s*(\\*|[A-Za-z0-9.]*(\\s*,\\s*[A-Za-z0-9.]+)*)\\s*$' }),
  ),
  /** 0 = unlimited. */
  limitDomains: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  /** New domains wait for an operator. */
  manualApproval: Type.Optional(Type.Boolean()),
  /** Name of a DNS template; `Default` always exists. */
  dnsTemplate: Type.Optional(Type.String({ maxLength: 64 })),
  limitDay: Type.Optional(limit),
  /** Calendar month. */
  limitMonth: Type.Optional(limit),
  limitLifetime: Type.Optional(limit),
  rateLimits,
};

export const createGroupBody = Type.Object({ name: groupName, ...groupRules }, closed);
export const updateGroupBody = Type.Object(groupRules, { ...closed, minProperties: 1 });

/** How good a password has to be is the operator's rule. */
const password = Type.String({ minLength: 1, maxLength: 1024 });
const email = Type.String({ minLength: 3, maxLength: 320 });
const holder = {
  firstName: Type.Optional(Type.String({ maxLength: 100 })),
  lastName: Type.Optional(Type.String({ maxLength: 100 })),
};
export const createUserBody = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 190, pattern: '^\\S+$' }),
    password,
    email,
    ...holder,
    /** `Default` when absent; that group holds every privilege unless an operator changed it. */
    group: Type.Optional(groupName),
  },
  closed,
);

/** null: the group's limit applies. */
const ownLimit = Type.Optional(Type.Union([limit, Type.Null()]));
export const updateUserBody = Type.Object(
  {
    /** Ends the account's sessions. */
    password: Type.Optional(password),
    email: Type.Optional(email),
    ...holder,
    /** Disabled ends the account's sessions. */
    accountStatus: Type.Optional(Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')])),
    reputation: Type.Optional(Type.Union([Type.Literal('Trusted'), Type.Literal('Untrusted')])),
    phoneVerified: Type.Optional(Type.Boolean()),
    group: Type.Optional(groupName),
    limitDay: ownLimit,
    /** Calendar month. */
    limitMonth: ownLimit,
    limitLifetime: ownLimit,
    /** A recipient costs one; null: the account needs none. */
    credits: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }), Type.Null()]),
    ),
    rateLimits,
  },
  { ...closed, minProperties: 1 },
);
export const setDomainStatusBody = Type.Object({ status: Type.String() }, closed);

const id = Type.Integer({ minimum: 1, maximum: 4_294_967_295 });
/** Addresses and patterns (`*` = any characters) to add to or take off the suppression list. */
export const suppressionsBody = Type.Object(
  {
    addresses: Type.Array(Type.String({ maxLength: 320 }), { minItems: 1, maxItems: 1000 }),
    /** Of one account; absent: of the whole installation. */
    userId: Type.Optional(id),
  },
  closed,
);

const name = Type.String({ minLength: 1, maxLength: 255, pattern: '\\S' });
/** As many characters as MySQL keeps whatever they are. */
const content = Type.String({ minLength: 1, maxLength: 4_000_000 });
export const createTemplateBody = Type.Object(
  { userId: id, name, html: Type.Optional(content), plain: Type.Optional(content) },
  closed,
);
export const createListBody = Type.Object({ userId: id, name }, closed);
export const createSubscriberBody = Type.Object(
  {
    listId: id,
    email: Type.String({ minLength: 3, maxLength: 320 }),
    name: Type.Optional(Type.String({ maxLength: 255 })),
    /** What mails may say of the subscriber, by field name. */
    fields: Type.Optional(
      Type.Record(Type.String({ pattern: '^[^\\s%]{1,100}$' }), Type.String({ maxLength: 5000 }), {
        maxProperties: 200,
        additionalProperties: false,
      }),
    ),
  },
  closed,
);
export const createJourneyBody = Type.Object({ userId: id, name }, closed);
export const createActionBody = Type.Object({ journeyId: id, name }, closed);

export type CreateGroupBody = Static<typeof createGroupBody>;
export type UpdateGroupBody = Static<typeof updateGroupBody>;
export type CreateUserBody = Static<typeof createUserBody>;
export type UpdateUserBody = Static<typeof updateUserBody>;
export type SuppressionsBody = Static<typeof suppressionsBody>;
export type CreateTemplateBody = Static<typeof createTemplateBody>;
export type CreateSubscriberBody = Static<typeof createSubscriberBody>;
