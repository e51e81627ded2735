/**
 * Rules are told as: given these events, when this command, then those events, nothing, or a refusal.
 *
 *     const given = specification(evolve, initialState);
 *     expect(given(added).when(addApiKey, command)).toEqual([{ type: 'ApiKeyAdded', … }]);
 */
export const specification =
  <State, Event>(evolve: (state: State, event: Event) => State, initial: State) =>
  (...history: readonly Event[]) => {
    const state = history.reduce(evolve, initial);
    return {
      state,
      when: <Command, Outcome>(
        decide: (command: Command, state: State) => Outcome,
        command: Command,
      ): Outcome => decide(command, state),
    };
  };
