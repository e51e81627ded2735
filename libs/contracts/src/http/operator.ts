import Type, { type Static } from 'typebox';

/**
 * Bodies of the operators' endpoints. Unlike the public API these are ours: camelCase, JSON only, unknown members are
 * refused.
 */
const closed = { additionalProperties: false } as const;

const groupName = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
const groupRules = {
  /** `*`, or privileges with commas. */
  privileges: Type.Optional(
    Type.String({ maxLength: 2000, pattern: '^(\\*|[A-Za-z0-9.]*(\\s*,\\s*[A-Za-z0-9.]+)*)$' }),
  ),
  /** 0 = unlimited. */
  limitDomains: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  /** New domains wait for an operator. */
  manualApproval: Type.Optional(Type.Boolean()),
  /** Name of a DNS template; `Default` always exists. */
  dnsTemplate: Type.Optional(Type.String({ maxLength: 64 })),
};

export const createGroupBody = Type.Object({ name: groupName, ...groupRules }, closed);
export const updateGroupBody = Type.Object(groupRules, { ...closed, minProperties: 1 });

export const createUserBody = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 190, pattern: '^\\S+$' }),
    /** How good a password has to be is the operator's rule. */
    password: Type.String({ minLength: 1, maxLength: 1024 }),
    email: Type.String({ minLength: 3, maxLength: 320 }),
    /** `Default` when absent; that group holds every privilege unless an operator changed it. */
    group: Type.Optional(groupName),
  },
  closed,
);
export const updateUserBody = Type.Object(
  {
    accountStatus: Type.Optional(Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')])),
    reputation: Type.Optional(Type.Union([Type.Literal('Trusted'), Type.Literal('Untrusted')])),
    phoneVerified: Type.Optional(Type.Boolean()),
    group: Type.Optional(groupName),
  },
  { ...closed, minProperties: 1 },
);
export const setDomainStatusBody = Type.Object({ status: Type.String() }, closed);

export type CreateGroupBody = Static<typeof createGroupBody>;
export type UpdateGroupBody = Static<typeof updateGroupBody>;
export type CreateUserBody = Static<typeof createUserBody>;
export type UpdateUserBody = Static<typeof updateUserBody>;
