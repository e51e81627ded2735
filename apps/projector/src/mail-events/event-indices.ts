import { EVENT_TEMPLATE_NAME, eventsTemplate, indexName } from '#contracts/search/event-index';
import type { SearchClient } from '#platform/search/search-client';

type IndexKeeper = Pick<SearchClient, 'putTemplate' | 'ensureIndex'>;

/** Indices that are created at the same time; each takes the cluster about 0.1 s of one thread. */
const CONCURRENT_CREATIONS = 4;

/** Makes sure that events find an index with the right mapping behind their alias. */
export class EventIndices {
  readonly #search: IndexKeeper;
  #template: Promise<void> | undefined;

  constructor(search: IndexKeeper) {
    this.#search = search;
  }

  /** Puts the template. Remembered until forget(): an index created without it would guess its mapping. */
  ensureTemplate(): Promise<void> {
    this.#template ??= this.#search
      .putTemplate(EVENT_TEMPLATE_NAME, eventsTemplate)
      .catch((error: unknown) => {
        this.#template = undefined;
        throw error;
      });
    return this.#template;
  }

  /** After an outage nothing is taken for granted: the cluster may have come back empty. */
  forget(): void {
    this.#template = undefined;
  }

  /** @throws SearchUnavailable when any of the aliases cannot be made sure of now */
  async ensure(aliases: Iterable<string>): Promise<void> {
    await this.ensureTemplate();
    const waiting = [...new Set(aliases)];
    const work = async (): Promise<void> => {
      for (let alias = waiting.shift(); alias !== undefined; alias = waiting.shift()) {
        await this.#search.ensureIndex(indexName(alias), { alias });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_CREATIONS }, work));
  }
}
