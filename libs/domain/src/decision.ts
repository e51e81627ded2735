/** A rule said no. The name is for people and for the edge, which maps it to the endpoint's numeric code. */
export interface Refused<Name extends string> {
  readonly refused: Name;
}

/**
 * What a decision answers: the events that now are true, or why not. An empty list means that the
 * command changes nothing; nothing is recorded then.
 */
export type Decision<Event, Name extends string> = readonly Event[] | Refused<Name>;

export const refuse = <const Name extends string>(name: Name): Refused<Name> => ({ refused: name });

/** Closes a switch over a union: a new member that nobody handles does not compile. */
export const never = (value: never): never => {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
};
